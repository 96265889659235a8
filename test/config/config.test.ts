import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isDemo, readConfig } from '../../src/config/config.ts';
import { parseDatabaseUrl } from '../../src/config/database-url.ts';
import { StartError } from '../../src/config/start-error.ts';
import { makeDirectory } from '../support/directory.ts';
import { root, spawnService } from '../support/process.ts';
import { findVariables } from '../support/variables.ts';

describe('readConfig', () => {
  const defaults = {
    host: '127.0.0.1',
    port: 4000,
    databaseUrl: undefined,
    databaseReplicaUrl: undefined,
    databasePoolSize: 10,
    databaseNamedStatements: true,
    dataDir: '.data',
    timeZone: Temporal.Now.timeZoneId(),
    shutdownDelay: 0,
    metricsPort: undefined,
    tracing: false,
    corsOrigins: [],
    graphiql: true,
    introspection: true,
    logLevel: 'info',
  };

  test('has a default for every variable', () => {
    expect(readConfig({})).toMatchObject(defaults);
  });

  test('takes an empty variable for an absent one', () => {
    const empty = Object.fromEntries(findVariables().map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  test.each([
    ['HOST', '::1', { host: '::1' }],
    ['NODE_ENV', 'development', {}],
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65535 }],
    [
      'DATABASE_URL',
      'postgres://u:p@db/groups',
      { databaseUrl: expect.objectContaining({ database: 'groups' }) },
    ],
    ['METRICS_PORT', '0', { metricsPort: 0 }],
    ['METRICS_PORT', '9464', { metricsPort: 9464 }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318', { tracing: true }],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://collector/v1/traces', { tracing: true }],
    ['OTEL_TRACES_EXPORTER', 'otlp', { tracing: false }],
    ['DATABASE_POOL_SIZE', '1', { databasePoolSize: 1 }],
    ['DATABASE_POOL_SIZE', '1000', { databasePoolSize: 1000 }],
    ['DATABASE_NAMED_STATEMENTS', 'off', { databaseNamedStatements: false }],
    ['SHUTDOWN_DELAY', '0', { shutdownDelay: 0 }],
    ['SHUTDOWN_DELAY', '300', { shutdownDelay: 300 }],
    ['DATA_DIR', '/var/lib/badge groups', { dataDir: '/var/lib/badge groups' }],
    ['TZ', 'Asia/Kathmandu', { timeZone: 'Asia/Kathmandu' }],
    ['TZ', 'Etc/GMT+5', { timeZone: 'Etc/GMT+5' }],
    ['TZ', 'EST5EDT', { timeZone: 'EST5EDT' }],
    [
      'CORS_ORIGINS',
      'https://a.example, http://b.example:8080',
      { corsOrigins: ['https://a.example', 'http://b.example:8080'] },
    ],
    ['CORS_ORIGINS', 'http://localhost:3000', { corsOrigins: ['http://localhost:3000'] }],
    ['CORS_ORIGINS', 'http://[::1]:3000', { corsOrigins: ['http://[::1]:3000'] }],
    ['CORS_ORIGINS', 'https://10.0.0.1', { corsOrigins: ['https://10.0.0.1'] }],
    ['CORS_ORIGINS', 'https://xn--bcher-kva.example', { corsOrigins: ['https://xn--bcher-kva.example'] }],
    ['GRAPHIQL', 'off', { graphiql: false }],
    ['GRAPHIQL', 'on', { graphiql: true }],
    ['INTROSPECTION', 'off', { introspection: false }],
    ['INTROSPECTION', 'on', { introspection: true }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['LOG_LEVEL', 'trace', { logLevel: 'trace' }],
  ])('takes %s=%s', (name, value, expected) => {
    expect(readConfig({ [name]: value })).toMatchObject({ ...defaults, ...expected });
  });

  test.each(['0.0.0.0', '::', 'badges.example.com'])(
    'takes HOST=%s with a database that is named',
    (HOST) => {
      expect(readConfig({ HOST, DATA_DIR: '.data' })).toEqual({ ...readConfig({}), host: HOST });
      const DATABASE_URL = 'postgres://db/groups';
      expect(readConfig({ HOST, DATABASE_URL })).toEqual({ ...readConfig({ DATABASE_URL }), host: HOST });
    },
  );

  test.each([
    [{ NODE_ENV: 'production' }, 'NODE_ENV is "production"'],
    [{ NODE_ENV: 'production', HOST: '0.0.0.0' }, 'NODE_ENV is "production"'],
    [{ HOST: '0.0.0.0' }, 'HOST is "0.0.0.0", not a loopback address'],
    [{ HOST: '::' }, 'HOST is "::", not a loopback address'],
    [{ HOST: 'badges.example.com', DATA_DIR: '' }, 'HOST is "badges.example.com", not a loopback address'],
  ])('with %j takes the embedded database only when it is asked for', (env, place) => {
    const error = catchError(() => readConfig(env));
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toBe(
      `DATABASE_URL is not set, and ${place}: set it (or DATABASE_URL_FILE), or DATA_DIR to run on the embedded database.`,
    );
    const asked = { databaseUrl: undefined, dataDir: '.data' };
    expect(readConfig({ ...env, DATA_DIR: '.data' })).toMatchObject(asked);
    const { databaseUrl } = readConfig({ ...env, DATABASE_URL: 'postgres://db/groups' });
    expect(databaseUrl).toMatchObject({ hosts: [{ host: 'db' }], database: 'groups' });
  });

  test.each([
    ['HOST', 'http://localhost', 'an IP address or a host name'],
    ['HOST', '127.0.0.1:4000', 'an IP address or a host name'],
    ['PORT', 'http', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '4e3', 'a whole number from 0 to 65535'],
    ['PORT', ' ', 'a whole number from 0 to 65535'],
    ['METRICS_PORT', 'on', 'a whole number from 0 to 65535'],
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'one of otlp, none'],
    ['OTEL_SDK_DISABLED', 'Maybe', 'one of true, false'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'collector:4318',
      'an http or https URL like https://issuer.example.com/path',
    ],
    ['DATABASE_POOL_SIZE', '0', 'a whole number from 1 to 1000'],
    ['DATABASE_POOL_SIZE', '1001', 'a whole number from 1 to 1000'],
    ['DATABASE_NAMED_STATEMENTS', 'no', 'one of on, off'],
    ['SHUTDOWN_DELAY', '301', 'a whole number from 0 to 300'],
    ['SHUTDOWN_DELAY', '0.5', 'a whole number from 0 to 300'],
    ['SHUTDOWN_DELAY', '5s', 'a whole number from 0 to 300'],
    ['TZ', '+05:30', 'an IANA time zone like UTC or Asia/Kolkata'],
    ['TZ', '-0530', 'an IANA time zone like UTC or Asia/Kolkata'],
    ['TZ', '2026-01-01T00:00Z', 'an IANA time zone like UTC or Asia/Kolkata'],
    ['TZ', 'EST5EDT4', 'an IANA time zone like UTC or Asia/Kolkata'],
    ['TZ', 'Asia/Atlantis', 'an IANA time zone like UTC or Asia/Kolkata'],
    ['CORS_ORIGINS', '*', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://a.example/', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'a.example', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://*.example', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://A.example', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://bücher.example', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://a.example:443', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://user@a.example', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://a..example', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'null', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', ',', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', ' ', 'comma separated origins like https://app.example.com'],
    ['CORS_ORIGINS', 'https://a.example,', 'comma separated origins like https://app.example.com'],
    ['GRAPHIQL', 'true', 'one of on, off'],
    ['INTROSPECTION', 'OFF', 'one of on, off'],
    ['LOG_LEVEL', 'loud\n', 'one of fatal, error, warn, info, debug, trace, silent'],
  ])('refuses %s=%j in one line', (name, value, expected) => {
    const error = catchError(() => readConfig({ [name]: value }));
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toBe(`${name} is ${JSON.stringify(value)}, but must be ${expected}.`);
  });

  test('sends no traces where they are turned off, and only by HTTP where they are on', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318';
    const read = (env: NodeJS.ProcessEnv) => readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, ...env }).tracing;
    expect(read({})).toBe(true);
    for (const OTEL_SDK_DISABLED of ['true', 'TRUE']) expect(read({ OTEL_SDK_DISABLED })).toBe(false);
    for (const OTEL_SDK_DISABLED of ['false', 'False']) expect(read({ OTEL_SDK_DISABLED })).toBe(true);
    expect(read({ OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
    expect(read({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' })).toBe(true);
    expect(catchError(() => read({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).message).toBe(
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", but must be one of http/protobuf.',
    );
  });

  test('refuses one port for requests and metrics, unless a free one is taken for each', () => {
    for (const env of [{ PORT: '5000', METRICS_PORT: '5000' }, { METRICS_PORT: '4000' }]) {
      const error = catchError(() => readConfig(env));
      expect(error).toBeInstanceOf(StartError);
      expect(error.message).toBe(
        `METRICS_PORT is ${env.METRICS_PORT}, and so is PORT: choose another one, or 0 for a free one.`,
      );
    }
    expect(readConfig({ PORT: '0', METRICS_PORT: '0' })).toMatchObject({ port: 0, metricsPort: 0 });
    expect(readConfig({ PORT: '4000', METRICS_PORT: '4001' })).toMatchObject({ metricsPort: 4001 });
  });

  test('names the one wrong origin among good ones', () => {
    const error = catchError(() => readConfig({ CORS_ORIGINS: 'https://a.example,b.example' }));
    expect(error.message).toMatch(/^CORS_ORIGINS is "b.example",/);
  });

  test('takes a DATABASE_REPLICA_URL beside a DATABASE_URL alone, and of several hosts a standby', () => {
    const env = { DATABASE_URL: 'postgres://db/groups' };
    const read = (DATABASE_REPLICA_URL: string) =>
      readConfig({ ...env, DATABASE_REPLICA_URL }).databaseReplicaUrl;
    expect(read('postgres://a/groups')).toMatchObject({ hosts: [{ host: 'a' }], target: undefined });
    expect(read('postgres://a,b/groups')).toMatchObject({ target: 'standby' });
    expect(read('postgres://a,b/groups?target_session_attrs=any')).toMatchObject({ target: 'any' });
    expect(catchError(() => read('mysql://u:hunter2@a/groups')).message).toMatch(
      /^DATABASE_REPLICA_URL is "mysql:…"/,
    );
    expect(catchError(() => readConfig({ DATABASE_REPLICA_URL: 'postgres://a/groups' })).message).toBe(
      'DATABASE_REPLICA_URL names a standby, but DATABASE_URL names no primary: set both or none.',
    );
  });
});

describe('isDemo', () => {
  test.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
    'is true on %s',
    (host) => {
      expect(isDemo({ host, databaseUrl: undefined })).toBe(true);
      expect(isDemo({ host, databaseUrl: parseDatabaseUrl('DATABASE_URL', 'postgres://u@db/groups') })).toBe(
        false,
      );
    },
  );

  test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.example.com'])('is false on %s', (host) => {
    expect(isDemo({ host, databaseUrl: undefined })).toBe(false);
  });
});

describe.concurrent('.env', () => {
  test('is read where the process starts', async () => {
    await using directory = await makeDirectory({ '.env': 'PORT=from-file\n' });
    expect(await failToStart({ PORT: undefined }, directory.path)).toBe(
      'PORT is "from-file", but must be a whole number from 0 to 65535.\n',
    );
  });

  test('yields to the environment', async () => {
    await using directory = await makeDirectory({ '.env': 'PORT=from-file\nLOG_LEVEL=from-file\n' });
    expect(await failToStart({ PORT: '0' }, directory.path)).toMatch(/^LOG_LEVEL is "from-file", .*\n$/);
  });

  test('gives a variable that is empty in the environment', async () => {
    await using directory = await makeDirectory({ '.env': 'PORT=from-file\n' });
    expect(await failToStart({ PORT: '' }, directory.path)).toMatch(/^PORT is "from-file", .*\n$/);
  });

  test('is read from its first line on, byte order mark or not', async () => {
    await using directory = await makeDirectory({
      '.env': '\uFEFFDATABASE_URL=mysql://u:hunter2@db/groups\n',
    });
    expect(await failToStart({}, directory.path)).toMatch(/^DATABASE_URL is "mysql:…", .*\n$/);
  });

  test('with a line that is no assignment stops the start with one line', async () => {
    await using directory = await makeDirectory({
      '.env': 'PORT=0\nDATABASE_URL: postgres://u:hunter2@db\n',
    });
    const line = await failToStart({}, directory.path);
    expect(line).toMatch(/^Line 2 of \.env is neither an assignment .*\n$/);
    expect(line).not.toContain('hunter2');
  });

  test('that cannot be read stops the start with one line', async () => {
    await using directory = await makeDirectory({ '.env/activate': '' });
    expect(await failToStart({}, directory.path)).toMatch(/^\.env cannot be read: .+\n$/);
  });
});

describe('the table of docs/running.md', () => {
  test('has every variable that is read, and no other', async () => {
    const running = await readFile(join(root, 'docs/running.md'), 'utf8');
    const table = /^\| variable .*\n\|[-| ]+\n((?:\|.*\n)+)/m.exec(running)?.[1] ?? '';
    const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
    expect(named.toSorted()).toEqual(findVariables().toSorted());
  });

  test('misses none, because no other file reads the environment', async () => {
    const files = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true });
    const readers = [];
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), 'utf8');
      if (/process\.env\b|loadEnvFile|[{,]\s*env\s*[,}].*'node:process'/.test(text)) readers.push(file.name);
    }
    expect(readers).toEqual(['config.ts']);
  });
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('It threw nothing.');
}

/** What a process that must not start says. */
async function failToStart(env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  await using service = spawnService(env, { cwd });
  const { exit, stdout, stderr } = await service.ended;
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  return stderr;
}
