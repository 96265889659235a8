import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openPostgres } from '../../src/database/postgres.ts';
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts';
import { hasOpenssl, type Identity, makeAuthority } from '../support/certificates.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { runCommand } from '../support/process.ts';
import { findRefusal } from '../support/refusal.ts';
import { openRefusingServer } from '../support/refusing-server.ts';
import { query } from '../support/standby.ts';

type Authority = Awaited<ReturnType<typeof makeAuthority>>;

const reached = 'that lacks 4 migration(s): run "npm run migrate".';

describe.skipIf(!hasOpenssl())('TLS to a Postgres server', () => {
  let authority: Authority;
  let other: Authority;
  let app: Identity;
  let server: PostgresServer;

  beforeAll(async () => {
    authority = await makeAuthority('ours');
    other = await makeAuthority('another');
    app = authority.sign('app');
    const { certificate, key } = authority.sign('server', { host: 'IP:127.0.0.1' });
    server = await startPostgresServer({
      files: {
        'server.crt': readFileSync(certificate, 'utf8'),
        'server.key': readFileSync(key, 'utf8'),
        'root.crt': readFileSync(authority.certificate, 'utf8'),
        'pg_hba.conf': [
          'local all all trust',
          'host all postgres all trust',
          'host all closed all scram-sha-256',
          'hostssl all app all cert',
          'hostssl all shy all trust clientcert=verify-ca',
        ].join('\n'),
      },
      settings: ['ssl=on', 'ssl_ca_file=root.crt'],
    });
    await query(server, 'create role app superuser login; create role shy login');
    await query(server, `create role closed login password 'hunter2'`);
    await query(server, 'create database migrated');
  });

  afterAll(async () => {
    await server?.stop();
    await authority?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
  });

  function url(user: string, parameters: Record<string, string | undefined>): string {
    const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
    const { host } = new URL(server.url());
    return `postgres://${user}@${host}/postgres?${new URLSearchParams(given as [string, string][])}`;
  }

  const identify = ({ certificate, key }: Identity) => ({ sslcert: certificate, sslkey: key });

  test.each([
    ['require', false],
    ['require', true],
    ['verify-ca', true],
    ['verify-full', true],
  ])('is spoken with sslmode=%s (authority named: %s)', async (sslmode, isNamed) => {
    const sslrootcert = isNamed ? authority.certificate : undefined;
    const { db } = openPostgres(url('postgres', { sslmode, sslrootcert }), {
      poolSize: 1,
      logger: pino({ level: 'silent' }),
    });
    const { rows } = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
    await db.destroy();
    expect(rows).toEqual([{ ssl: true }]);
  });

  test('is begun at once where the URL says so', async () => {
    const parameters = { sslrootcert: authority.certificate, sslnegotiation: 'direct' };
    expect(await findRefusal(url('postgres', parameters))).toBe(reached);
  });

  test('binds the password to itself where the URL says so, and the password is only in the URL', async () => {
    const parameters = { sslmode: 'require', channel_binding: 'prefer' };
    expect(await findRefusal(url('closed:hunter2', parameters))).toBe(reached);
    expect(await findRefusal(url('closed:hunter3', parameters))).toMatch(/^that refuses the password /);
    vi.stubEnv('PGPASSWORD', 'hunter2');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await findRefusal(url('closed', parameters))).toMatch(
      /^that refuses the password \(.+ client password must be a string\): correct user and password in the URL\.$/,
    );
  });

  test('is not spoken on a Unix socket, as with libpq', async () => {
    const { port } = new URL(server.url());
    const place = `host=${server.socketDirectory}&port=${port}`;
    expect(await findRefusal(`postgres://postgres@/postgres?${place}&sslmode=verify-full`)).toBe(reached);
  });

  test('by a client certificate serves the migration, the clients and the service, which print nothing else', async () => {
    const dbname = 'migrated';
    const DATABASE_URL = url('app', {
      sslmode: 'verify-full',
      dbname,
      sslrootcert: authority.certificate,
      ...identify(app),
    });
    expect(await findRefusal(DATABASE_URL)).toBe(reached);
    const env = { DATABASE_URL };
    expect(await runCommand('migrate', [], { env })).toMatchObject({ exit: 0, stderr: '' });
    expect(await runCommand('client', ['list'], { env })).toMatchObject({ exit: 0, stderr: '' });
    expect(await findRefusal(DATABASE_URL)).toBe(': It was opened.');
  });

  test.each<[string, string, () => Record<string, string>, RegExp]>([
    [
      'an authority that is not known',
      'postgres',
      () => ({ sslmode: 'verify-full' }),
      /^whose certificate is not trusted \(.+\): name its authority in the URL: sslrootcert=ca\.pem\.$/,
    ],
    [
      'another authority',
      'postgres',
      () => ({ sslmode: 'verify-ca', sslrootcert: other.certificate }),
      /^whose certificate is not trusted \(.+\): name its authority in the URL: sslrootcert=ca\.pem\.$/,
    ],
    [
      'another host',
      'postgres',
      () => ({ host: 'localhost', sslrootcert: authority.certificate }),
      /^whose certificate is for another host \(Hostname\/IP does not match .+localhost.+\): use a host that it names, or say sslmode=verify-ca in the URL\.$/,
    ],
    [
      'no client certificate',
      'shy',
      () => ({ sslmode: 'require' }),
      /^that wants a client certificate \(connection requires a valid client certificate\): name one in the URL: sslcert=app\.pem&sslkey=app\.key\.$/,
    ],
    [
      'a client certificate of another authority',
      'shy',
      () => ({ sslmode: 'require', ...identify(other.sign('shy')) }),
      /^that refuses the client certificate \(.*alert unknown ca.*\): renew it, or let the server trust its authority by ssl_ca_file\.$/,
    ],
    [
      'a client certificate that is over',
      'shy',
      () => ({ sslmode: 'require', ...identify(authority.sign('late', { days: -1 })) }),
      /^that refuses the client certificate \(.*alert certificate expired.*\): renew it, or let the server trust its authority by ssl_ca_file\.$/,
    ],
    [
      'the client certificate of somebody else',
      'app',
      () => ({ sslmode: 'require', ...identify(authority.sign('till')) }),
      /^that refuses the user \(certificate authentication failed for user "app"\): use a certificate of its name, or map that by pg_ident\.conf\.$/,
    ],
    [
      'no TLS where the server asks for it',
      'shy',
      () => ({}),
      /^that refuses the user \(no pg_hba\.conf entry .+, no encryption\): say sslmode=verify-full in the URL, or let it in by pg_hba\.conf\.$/,
    ],
    [
      'an authority that is not there',
      'postgres',
      () => ({ sslrootcert: '/nowhere/ca.pem' }),
      /^whose sslrootcert cannot be used \(\/nowhere\/ca\.pem: ENOENT: .+\): name a file that this user may read\.$/,
    ],
    [
      'an authority that is no certificate',
      'postgres',
      () => ({ sslrootcert: app.key }),
      /^whose sslrootcert cannot be used \(.+app\.key: .+\): name certificates in PEM\.$/,
    ],
    [
      'a key that cannot be read',
      'app',
      () => ({ sslmode: 'require', sslcert: app.certificate, sslkey: '/' }),
      /^whose sslkey cannot be used \(\/: EISDIR: .+\): name a file that this user may read\.$/,
    ],
    [
      'a certificate where a key is to be',
      'app',
      () => ({ sslmode: 'require', sslcert: app.certificate, sslkey: app.certificate }),
      /^whose sslkey cannot be used \(.+app\.pem: .+\): name a private key in PEM, and its sslpassword where it has one\.$/,
    ],
    [
      'a key whose password is not said',
      'app',
      () => ({ sslmode: 'require', ...identify(authority.sign('closed', { password: 'hunter2' })) }),
      /^whose sslkey cannot be used \(.+closed\.key: .+\): name a private key in PEM, and its sslpassword where it has one\.$/,
    ],
    [
      'a key of another certificate',
      'app',
      () => ({ sslmode: 'require', sslcert: app.certificate, sslkey: authority.file('ca.key') }),
      /^whose sslkey is not that of sslcert: name two in the URL that belong together\.$/,
    ],
  ])('with %s is refused in one line with its remedy', async (_title, user, give, line) => {
    expect(await findRefusal(url(user, give()))).toMatch(line);
  });

  test('opens a key by its password', async () => {
    const identity = identify(authority.sign('shy', { password: 'hunter2' }));
    expect(await findRefusal(url('shy', { sslmode: 'require', ...identity, sslpassword: 'hunter2' }))).toBe(
      reached,
    );
  });

  test('with a certificate of the server that is over is refused in one line with its remedy', async () => {
    const { certificate, key } = authority.sign('over', { host: 'IP:127.0.0.1', days: -1 });
    const tls = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    await using refusing = await openRefusingServer({ code: '57P03', message: 'starting up' }, { tls });
    expect(await findRefusal(`${refusing.url}?sslrootcert=${authority.certificate}`)).toBe(
      'whose certificate does not hold (certificate has expired): renew it.',
    );
  });

  test('is spoken by the files as they are when a connection is opened, and is away without them', async () => {
    const sslrootcert = authority.file('renewed.pem');
    const { db } = openPostgres(url('postgres', { sslrootcert }), {
      poolSize: 1,
      logger: pino({ level: 'silent' }),
    });
    const ask = () => sql`select`.execute(db).then(() => 'answered', isDatabaseUnavailable);
    expect(await ask()).toBe(true);
    writeFileSync(sslrootcert, '');
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([true, true, true]);
    copyFileSync(authority.certificate, sslrootcert);
    expect(await ask()).toBe('answered');
    await db.destroy();
  });
});
