import { existsSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { StartError } from './start-error.ts';

/** What the service is told by its environment; every value has been checked. */
export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Where metrics are served, on the same host; 0 takes a free port. Absent: nowhere. */
  readonly metricsPort: number | undefined;
  /** Whether traces are sent. Where and how, OpenTelemetry reads by itself from its standard variables. */
  readonly tracing: boolean;
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly dataDir: string;
  /** An IANA name; every ISO string is written in this zone. */
  readonly timeZone: string;
  /** Absent: no token is accepted. */
  readonly oauth: OAuthConfig | undefined;
  readonly corsOrigins: readonly string[];
  readonly graphiql: boolean;
  readonly introspection: boolean;
  readonly logLevel: LogLevel;
}

/** Whose access tokens are accepted, and what they call the caller. */
export interface OAuthConfig {
  /** What `iss` has to be, to the letter. */
  readonly issuer: string;
  /** What `aud` has to be or to contain. */
  readonly audience: string;
  readonly jwksUrl: string;
  readonly orgClaim: string;
  readonly userClaim: string;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** The configuration of this process: its environment, and a `.env` file where there is one. Throws StartError. */
export function loadConfig(): Config {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
  } catch (error) {
    throw new StartError(`.env cannot be read: ${(error as Error).message}`);
  }
  return readConfig(process.env);
}

/** Reads and checks every variable; an empty one counts as absent. Throws StartError. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  return {
    host: readHost(env),
    port: readInteger(env, 'PORT', { default: 4000, min: 0, max: 65535 }),
    metricsPort: readInteger(env, 'METRICS_PORT', { default: undefined, min: 0, max: 65535 }),
    tracing: readTracing(env),
    databaseUrl: readDatabaseUrl(env),
    databasePoolSize: readInteger(env, 'DATABASE_POOL_SIZE', { default: 10, min: 1, max: 1000 }),
    dataDir: env['DATA_DIR'] || '.data',
    timeZone: readTimeZone(env),
    oauth: readOAuth(env),
    corsOrigins: readOrigins(env),
    graphiql: readChoice(env, 'GRAPHIQL', ['on', 'off'], 'on') === 'on',
    introspection: readChoice(env, 'INTROSPECTION', ['on', 'off'], 'on') === 'on',
    logLevel: readChoice(env, 'LOG_LEVEL', logLevels, 'info'),
  };
}

/** The demo clients, whose secrets everybody knows, are accepted in this mode only. */
export function isDemo(config: Pick<Config, 'databaseUrl' | 'host'>): boolean {
  return config.databaseUrl === undefined && isLoopback(config.host);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0
    ? host.toLowerCase() === 'localhost'
    : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function readHost(env: NodeJS.ProcessEnv): string {
  const value = env['HOST'] || '127.0.0.1';
  if (isIP(value) === 0 && !/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(value)) {
    throw wrong('HOST', value, 'an IP address or a host name');
  }
  return value;
}

function readInteger<Default extends number | undefined>(
  env: NodeJS.ProcessEnv,
  name: string,
  { default: fallback, min, max }: { default: Default; min: number; max: number },
): number | Default {
  const value = env[name];
  if (!value) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw wrong(name, value, `a whole number from ${min} to ${max}`);
  }
  return number;
}

function readChoice<const T extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  choices: readonly T[],
  fallback: NoInfer<T>,
): T {
  const value = env[name] || fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw wrong(name, value, `one of ${choices.join(', ')}`);
  return choice;
}

function readDatabaseUrl(env: NodeJS.ProcessEnv): string | undefined {
  const value = env['DATABASE_URL'];
  if (!value) return undefined;
  if (!URL.canParse(value) || !/^postgres(ql)?:$/.test(new URL(value).protocol)) {
    // The value may hold a password, so only its scheme is repeated.
    const scheme = /^[a-z]+:/i.exec(value)?.[0] ?? '';
    throw wrong('DATABASE_URL', `${scheme}…`, 'a URL like postgres://user:password@host:5432/database');
  }
  return value;
}

function readTimeZone(env: NodeJS.ProcessEnv): string {
  const value = env['TZ'];
  if (!value) {
    const machineZone = Temporal.Now.timeZoneId();
    return isTimeZone(machineZone) ? machineZone : 'UTC';
  }
  if (!isTimeZone(value)) throw wrong('TZ', value, 'an IANA time zone like UTC or Asia/Kolkata');
  return value;
}

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

function readOAuth(env: NodeJS.ProcessEnv): OAuthConfig | undefined {
  const names = ['OAUTH_ISSUER', 'OAUTH_AUDIENCE', 'OAUTH_JWKS_URL'];
  const missing = names.filter((name) => !env[name]);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    throw new StartError(`${missing.join(' and ')} must be set too: OAuth needs all of ${names.join(', ')}.`);
  }
  return {
    issuer: readHttpUrl(env, 'OAUTH_ISSUER'),
    audience: readWord(env, 'OAUTH_AUDIENCE'),
    jwksUrl: readHttpUrl(env, 'OAUTH_JWKS_URL'),
    orgClaim: readWord(env, 'OAUTH_ORG_CLAIM', 'org_id'),
    userClaim: readWord(env, 'OAUTH_USER_CLAIM', 'user_id'),
  };
}

/** Exactly as it is written: issuers are compared to the letter, down to the slash at the end. */
function readHttpUrl(env: NodeJS.ProcessEnv, name: string): string {
  if (/\/\/[^/]*@/.test(env[name] ?? '')) {
    throw new StartError(`${name} holds a user name or a password, but must be a URL without them.`);
  }
  const value = readWord(env, name);
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hash === '') return value;
  throw wrong(name, value, 'an http or https URL like https://issuer.example.com/path');
}

/** Printable ASCII without blanks, quotes and backslashes: it may stand in a header. */
function readWord(env: NodeJS.ProcessEnv, name: string, fallback = ''): string {
  const value = env[name] || fallback;
  if (/^[!#-[\]-~]+$/.test(value)) return value;
  throw wrong(name, value, 'printable ASCII without blanks, quotes and backslashes');
}

/** Of OpenTelemetry's standard variables those that say whether there is a trace; with HTTP as its only transport. */
function readTracing(env: NodeJS.ProcessEnv): boolean {
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

function readOrigins(env: NodeJS.ProcessEnv): string[] {
  const origins = (env['CORS_ORIGINS'] ?? '').split(',').map((origin) => origin.trim());
  const given = origins.filter((origin) => origin !== '');
  for (const origin of given) {
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw wrong('CORS_ORIGINS', origin, 'comma separated origins like https://app.example.com');
    }
  }
  return given;
}

function wrong(name: string, value: string, expected: string): StartError {
  return new StartError(`${name} is ${JSON.stringify(value)}, but must be ${expected}.`);
}
