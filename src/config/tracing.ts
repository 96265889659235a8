import { type Env, readChoice, readHttpUrl, wrong } from './variables.ts';

/** Of OpenTelemetry's standard variables those that say whether there is a trace; with HTTP as its only transport. */
export function readTracing(env: Env): boolean {
  const names = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const endpoints = names.filter((name) => env[name]);
  const exporter = readChoice(env, 'OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp');
  if (isDisabled(env) || endpoints.length === 0 || exporter === 'none') return false;
  for (const name of endpoints) readHttpUrl(env, name);
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    readChoice(env, name, ['http/protobuf'], 'http/protobuf');
  }
  return true;
}

/** In any case, as its specification has it; a value that it would warn of stops the start, as any of ours. */
function isDisabled(env: Env): boolean {
  const name = 'OTEL_SDK_DISABLED';
  const value = env[name] || 'false';
  if (!/^(true|false)$/i.test(value)) throw wrong(name, value, 'one of true, false');
  return value.toLowerCase() === 'true';
}
