import { type DatabaseUrl, parseDatabaseUrl } from './database-url.ts';
import { readEnvFile } from './env-file.ts';
import { isLoopback, readHost, readOrigins } from './network.ts';
import { type OAuthConfig, readOAuth } from './oauth.ts';
import { StartError } from './start-error.ts';
import { readTimeZone } from './time-zone.ts';
import { readTracing } from './tracing.ts';
import { type Manifest, readGatewaySecrets, readManifest } from './trusted-documents.ts';
import { type Env, readChoice, readInteger, readSecret } from './variables.ts';

/** What the service is told by its environment; every value has been checked. */
export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Seconds between the signal to stop and the socket's closing. */
  readonly shutdownDelay: number;
  /** Where metrics are served, on the same host; 0 takes a free port. Absent: nowhere. */
  readonly metricsPort: number | undefined;
  /** Whether traces are sent. Where and how, OpenTelemetry reads by itself from its standard variables. */
  readonly tracing: boolean;
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl: DatabaseUrl | undefined;
  /** A hot standby of the former. */
  readonly databaseReplicaUrl: DatabaseUrl | undefined;
  readonly databasePoolSize: number;
  /** Whether the server keeps our statements by names. */
  readonly databaseNamedStatements: boolean;
  readonly dataDir: string;
  readonly timeZone: string;
  readonly oauth: OAuthConfig | undefined;
  readonly corsOrigins: readonly string[];
  readonly graphiql: boolean;
  readonly introspection: boolean;
  /** Absent: every document runs. */
  readonly trustedDocuments: Manifest | undefined;
  readonly gatewaySecrets: readonly string[];
  readonly logLevel: LogLevel;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/**
 * The configuration of this process: its environment, and a `.env` file where there is one. The environment wins,
 * but an empty variable is an absent one there, too. Throws StartError.
 */
export function loadConfig(): Config {
  // Into the environment itself: OpenTelemetry reads its own variables there.
  for (const [name, value] of Object.entries(readEnvFile('.env'))) process.env[name] ||= value;
  // The driver reads these by itself where DATABASE_URL says nothing of the kind.
  for (const name of ['PGOPTIONS', 'PGREPLICATION']) delete process.env[name];
  return readConfig(process.env);
}

/** Reads and checks every variable; an empty one counts as absent. Throws StartError. */
export function readConfig(env: Env): Config {
  return {
    host: readHost(env),
    port: readPort(env),
    shutdownDelay: readInteger(env, 'SHUTDOWN_DELAY', { default: 0, min: 0, max: 300 }),
    metricsPort: readMetricsPort(env),
    tracing: readTracing(env),
    databaseUrl: readDatabaseUrl(env, 'DATABASE_URL'),
    databaseReplicaUrl: readReplicaUrl(env),
    databasePoolSize: readInteger(env, 'DATABASE_POOL_SIZE', { default: 10, min: 1, max: 1000 }),
    databaseNamedStatements: readSwitch(env, 'DATABASE_NAMED_STATEMENTS'),
    dataDir: readDataDir(env),
    timeZone: readTimeZone(env),
    oauth: readOAuth(env),
    corsOrigins: readOrigins(env),
    graphiql: readSwitch(env, 'GRAPHIQL'),
    introspection: readSwitch(env, 'INTROSPECTION'),
    trustedDocuments: readManifest(env),
    gatewaySecrets: readGatewaySecrets(env),
    logLevel: readChoice(env, 'LOG_LEVEL', logLevels, 'info'),
  };
}

/** The demo clients, whose secrets everybody knows, are accepted in this mode only. */
export function isDemo(config: Pick<Config, 'databaseUrl' | 'host'>): boolean {
  return config.databaseUrl === undefined && isLoopback(config.host);
}

function readSwitch(env: Env, name: string): boolean {
  return readChoice(env, name, ['on', 'off'], 'on') === 'on';
}

function readPort(env: Env): number {
  return readInteger(env, 'PORT', { default: 4000, min: 0, max: 65535 });
}

function readMetricsPort(env: Env): number | undefined {
  const port = readInteger(env, 'METRICS_PORT', { default: undefined, min: 0, max: 65535 });
  if (port !== undefined && port > 0 && port === readPort(env)) {
    throw new StartError(`METRICS_PORT is ${port}, and so is PORT: choose another one, or 0 for a free one.`);
  }
  return port;
}

function readDatabaseUrl(env: Env, name: string): DatabaseUrl | undefined {
  const secret = readSecret(env, name);
  return secret && parseDatabaseUrl(secret.subject, secret.value);
}

/** Of several hosts one that is a standby, unless it says otherwise. */
function readReplicaUrl(env: Env): DatabaseUrl | undefined {
  const url = readDatabaseUrl(env, 'DATABASE_REPLICA_URL');
  if (url === undefined) return undefined;
  if (readSecret(env, 'DATABASE_URL') === undefined) {
    throw new StartError(
      'DATABASE_REPLICA_URL names a standby, but DATABASE_URL names no primary: set both or none.',
    );
  }
  return url.target === undefined && url.hosts.length > 1 ? { ...url, target: 'standby' } : url;
}

/** Beyond one's own machine a DATABASE_URL that is forgotten must not be an empty database that looks healthy. */
function readDataDir(env: Env): string {
  const given = env['DATA_DIR'];
  if (given) return given;
  const reason = env['NODE_ENV'] === 'production' ? 'NODE_ENV is "production"' : findOpenHost(env);
  if (reason !== undefined && readSecret(env, 'DATABASE_URL') === undefined) {
    throw new StartError(
      `DATABASE_URL is not set, and ${reason}: set it (or DATABASE_URL_FILE), or DATA_DIR to run on the embedded database.`,
    );
  }
  return '.data';
}

function findOpenHost(env: Env): string | undefined {
  const host = readHost(env);
  return isLoopback(host) ? undefined : `HOST is ${JSON.stringify(host)}, not a loopback address`;
}
