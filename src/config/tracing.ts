import { type Env, readChoice, readHttpUrl } from './variables.ts';

/** Of OpenTelemetry's standard variables those that say whether there is a trace; with HTTP as its only transport. */
export function readTracing(env: Env): boolean {
  const names = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const endpoints = names.filter((name) => env[name]);
  const exporter = readChoice(env, 'OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp');
  const isDisabled = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  if (endpoints.length === 0 || exporter === 'none' || isDisabled) return false;
  for (const name of endpoints) readHttpUrl(env, name);
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    readChoice(env, name, ['http/protobuf'], 'http/protobuf');
  }
  return true;
}
