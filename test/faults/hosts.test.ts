import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openPostgres, type PostgresOptions } from '../../src/database/postgres.ts';
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts';
import { startMigratedServer } from '../support/databases.ts';
import { findFreePort, type PostgresServer } from '../support/postgres-server.ts';
import { findRefusal } from '../support/refusal.ts';
import { query, type Standby, startStandby } from '../support/standby.ts';

let primary: PostgresServer;
let standby: Standby;
let hosts: Record<'primary' | 'standby' | 'nobody', string>;

beforeAll(async () => {
  primary = await startMigratedServer({ durable: true });
  standby = await startStandby(primary, 'asynchronous');
  hosts = {
    primary: new URL(primary.url()).host,
    standby: new URL(standby.url()).host,
    nobody: `127.0.0.1:${await findFreePort()}`,
  };
});

afterAll(async () => {
  await standby?.stop();
  await primary?.stop();
});

function toUrl(places: readonly string[], target?: string): string {
  const parameters = target === undefined ? '' : `?target_session_attrs=${target}`;
  return `postgres://postgres@${places.join(',')}/postgres${parameters}`;
}

function open(url: string, options: Partial<PostgresOptions> = {}) {
  const postgres = openPostgres(url, { poolSize: 4, logger: pino({ level: 'silent' }), ...options });
  onTestFinished(() => postgres.db.destroy());
  return { ...postgres, ask: () => ask(postgres.db) };
}

/** Which host answers. */
async function ask(db: ReturnType<typeof openPostgres>['db']): Promise<string> {
  const { rows } = await sql<{ port: number }>`select inet_server_port() as port`.execute(db);
  return `127.0.0.1:${rows[0]?.port}`;
}

type Name = keyof typeof hosts;

test.each<[string | undefined, Name[], Name]>([
  [undefined, ['standby', 'primary'], 'primary'],
  [undefined, ['nobody', 'standby', 'primary'], 'primary'],
  [undefined, ['standby'], 'standby'],
  ['any', ['standby', 'primary'], 'standby'],
  ['any', ['nobody', 'primary', 'standby'], 'primary'],
  ['read-write', ['standby', 'primary'], 'primary'],
  ['read-only', ['primary', 'standby'], 'standby'],
  ['primary', ['standby', 'primary'], 'primary'],
  ['standby', ['primary', 'standby'], 'standby'],
  ['prefer-standby', ['primary', 'nobody', 'standby'], 'standby'],
  ['prefer-standby', ['primary', 'nobody'], 'primary'],
])('target_session_attrs=%s of %j is the %s', async (target, names, expected) => {
  const { ask } = open(
    toUrl(
      names.map((name) => hosts[name]),
      target,
    ),
  );
  expect(await ask()).toBe(hosts[expected]);
});

test('where no host will do, one line says of each what is wrong', async () => {
  expect(await findRefusal(toUrl([hosts.nobody, hosts.standby]))).toBe(
    `none of whose hosts will do. ${hosts.nobody} is one that does not answer (connect ECONNREFUSED ${hosts.nobody}): start it, or correct the URL. ` +
      `${hosts.standby} is one that is a standby, where target_session_attrs=read-write is wanted: name another host in the URL.`,
  );
  expect(await findRefusal(toUrl([hosts.primary], 'standby'))).toBe(
    'that is a primary, where target_session_attrs=standby is wanted: name another host in the URL.',
  );
});

test('a host that hangs is waited for once, and comes last from then on', async () => {
  let connections = 0;
  const hanging = await listen(createServer(() => (connections += 1)));
  const { ask } = open(toUrl([hanging, hosts.primary]));
  expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(Array(4).fill(hosts.primary));
  expect(connections).toBe(4);
  await query(
    primary,
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'badge-groups'`,
  );
  await expect.poll(ask).toBe(hosts.primary);
  expect(connections).toBe(4);
});

test('a host that takes connections, or sessions too, and then hangs is given up in time for the other', async () => {
  const hanging = await listen(createMute());
  await standby.freeze();
  onTestFinished(() => standby.thaw());
  const answers = [hanging, hosts.standby].map((host) => open(toUrl([host, hosts.primary])).ask());
  expect(await Promise.all(answers)).toEqual([hosts.primary, hosts.primary]);
});

test('whoever waits for less waits for each host the less', async () => {
  const hanging = await listen(createServer());
  const { ask } = open(toUrl([hanging, hosts.primary]), { limits: { connect: 500 } });
  expect(await ask()).toBe(hosts.primary);
});

test.each([1, 2])('of %i host(s) that take sessions and then hang, the database is away', async (count) => {
  const hanging = await Promise.all(Array.from({ length: count }, () => listen(createMute())));
  await expect(open(toUrl(hanging, 'read-write')).ask()).rejects.toSatisfy(isDatabaseUnavailable);
});

test('no more connections are opened than the pool has places, whichever hosts they lead to', async () => {
  const { db, countConnections } = open(toUrl([hosts.nobody, hosts.standby, hosts.primary]), { poolSize: 2 });
  const sleepers = Array.from({ length: 12 }, () => sql`select pg_sleep(0.01)`.execute(db));
  let most = 0;
  const watch = setInterval(() => {
    const { used, idle } = countConnections();
    most = Math.max(most, used + idle);
  });
  await Promise.all(sleepers).finally(() => clearInterval(watch));
  expect(most).toBe(2);
});

test('a statement that is given up is cancelled on the host where it runs', async () => {
  const limits = { answer: 100 };
  const { db, countConnections } = open(toUrl([hosts.standby, hosts.primary]), { limits });
  await expect(sql`select pg_sleep(60)`.execute(db)).rejects.toThrow('did not answer in time');
  await expect.poll(countConnections).toMatchObject({ used: 0, stuck: 0 });
  const sleepers = `select from pg_stat_activity where query like 'select pg_sleep(60)%'`;
  expect(await query(primary, sleepers)).toEqual([]);
});

/** The last one: it leaves two primaries. */
test('a primary that takes no writes any more is left by all connections with the first write that it refuses', async () => {
  const url = toUrl([hosts.primary, hosts.standby]);
  const { db, ask } = open(url);
  const other = open(`${url}?target_session_attrs=any`);
  const write = (postgres = db) => sql`update api_client set name = name`.execute(postgres);
  expect(await Promise.all([ask(), ask(), other.ask()])).toEqual(Array(3).fill(hosts.primary));

  await query(primary, 'alter system set default_transaction_read_only = on');
  await query(primary, 'select pg_reload_conf()');
  await expect
    .poll(() => query(primary, 'show transaction_read_only'))
    .toEqual([{ transaction_read_only: 'on' }]);
  await standby.promote();
  const refused = await write().catch((error: unknown) => error);
  expect(isDatabaseUnavailable(refused)).toBe(true);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(Array(3).fill(hosts.standby));
  await write();

  await expect(write(other.db)).rejects.toThrow('read-only');
  expect(await other.ask()).toBe(hosts.primary);
});

/** It takes a session, and answers nothing in it. */
function createMute(): Server {
  // AuthenticationOk and ReadyForQuery.
  const welcome = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');
  return createServer((socket) => socket.once('data', () => socket.write(welcome)));
}

/** Where it listens. */
async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}
