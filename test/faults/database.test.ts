import { sql } from 'kysely';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres, type Postgres } from '../../src/database/postgres.ts';
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts';
import { startMigratedServer } from '../support/databases.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { ServiceProcess } from '../support/process.ts';
import { openRelay } from '../support/relay.ts';
import { type Answer, type TestCaller, TestService } from '../support/service.ts';

const unreachable = 'The service cannot reach its database for now; try again.';
const tooLate = [
  'The operation has waited too long to be begun.',
  'The operation took too long; its outcome is unknown.',
  'This took too long; its outcome is unknown.',
  'The operation took too long; this part was not begun.',
];
const read = '{ badgeGroups { id } }';
const create = (name: string) =>
  `createBadgeGroup(input: { name: "${name}", rank: 1 }) { ... on BadgeGroup { name } }`;
const many = `mutation { ${Array.from({ length: 25 }, (_, index) => `a${index}: ${create(`Many ${index}`)}`).join(' ')} }`;
const poolSize = 10;

let server: PostgresServer;
let admin: Client;
let postgres: Postgres;
let service: TestService;
let caller: TestCaller;

beforeAll(async () => {
  server = await startMigratedServer({ durable: true });
  admin = await connect();
  postgres = openPostgres(server.url(), { poolSize, logger: pino({ level: 'silent' }) });
  service = new TestService({ db: postgres.db, url: server.url(), close: () => postgres.db.destroy() });
});

beforeEach(async () => {
  caller = await service.addCaller();
});

afterAll(async () => {
  await service?.close();
  await admin?.end();
  await server?.stop();
});

afterEach(async () => {
  server.thaw();
  await admin.query('rollback');
  await expect.poll(isReady, { timeout: 5_000 }).toBe(true);
  const { data, errors } = await (await service.addCaller()).execute(`mutation { ${create('After')} }`);
  expect({ data, errors }).toEqual({ data: { createBadgeGroup: { name: 'After' } }, errors: undefined });
  await expect.poll(postgres.countConnections).toMatchObject({ used: 0, waiting: 0 });
  const { idle } = postgres.countConnections();
  expect(idle).toBeGreaterThan(0);
  await expect.poll(countSessions).toEqual({ all: idle, busy: 0 });
});

describe('connections that the server ends', () => {
  test('while they are idle are dropped, and no request notices', async () => {
    await fillPool();
    await endSessions();
    await expect.poll(postgres.countConnections).toMatchObject({ used: 0, idle: 0, waiting: 0 });
    expect(await caller.list()).toEqual([]);
  });

  test('while a statement runs on them fail that request alone', async () => {
    await admin.query('begin; lock table badge_group');
    const answer = inTime(caller.execute(read));
    await expect.poll(countSessions).toMatchObject({ busy: 1 });
    await endSessions();
    expectUnavailable(await answer, unreachable);
    await admin.query('rollback');
  });
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'a server that is ended by %s is away until it is back',
  async (signal) => {
    const { name } = await caller.create({ name: signal, rank: 1 });
    const stranger = await service.addCaller();
    await server.kill(signal);
    // After a SIGKILL the server's other processes go on until they notice.
    await expect.poll(() => postgres.countConnections().idle).toBe(0);
    for (const answer of await inTime(
      Promise.all([caller.execute(read), tryCreate(caller), stranger.execute(read)]),
    )) {
      expectUnavailable(answer, unreachable);
    }
    expect(await isReady()).toBe(false);
    expect(await (await service.fetch('/health')).text()).toBe('alive\n');
    await server.start();
    admin = await connect();
    expect(await caller.list()).toMatchObject([{ name }]);
  },
);

test('a server that hangs fails every request within 5 s, whatever it asks, and keeps no process from stopping', async () => {
  await using process = await ServiceProcess.start({ DATABASE_URL: server.url() });
  const [first, second] = [await service.addCaller(), await service.addCaller()];
  await fillPool();
  await server.freeze();
  const [stopped, ready] = [inTime(process.stop()), inTime(isReady())];
  const answers = await inTime(
    Promise.all([
      caller.execute(read),
      tryCreate(caller),
      caller.execute(many),
      first.execute(read),
      second.execute(many),
      // More than there are connections.
      ...Array.from({ length: 2 * poolSize }, () => caller.execute(read)),
    ]),
  );
  expect(await ready).toBe(false);
  expect(await stopped).toMatchObject({ exit: 0, stderr: '' });
  // None waits for an answer any more, so that whatever takes the server's place is found.
  const none = { used: 0, stuck: 0, idle: 0, waiting: 0 };
  await expect.poll(postgres.countConnections, { timeout: 3_000 }).toMatchObject(none);
  for (const answer of answers) expectUnavailable(answer);
});

test('a statement that hangs leaves the outcomes before it, in time', async () => {
  await admin.query('begin');
  await admin.query(`insert into badge_group (org_id, id, name, rank, created_by, updated_by)
    values (${caller.orgId}, repeat('0', 24), 'Held', 1, 1, 1)`);
  const { status, data, errors } = await inTime(
    caller.execute(`mutation {
      a: createBadgeGroup(input: { name: "Before", rank: 1 }) { __typename }
      b: createBadgeGroup(input: { name: "Held", rank: 1 }) { __typename }
    }`),
  );
  expect({ status, data }).toEqual({ status: 200, data: { a: { __typename: 'BadgeGroup' }, b: null } });
  expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  expect((await caller.list()).map(({ name }) => name)).toEqual(['Before']);
});

test('a server that takes no writes answers what reads, and says that the others may be tried again', async () => {
  await alterDatabase('set default_transaction_read_only = on');
  expect((await caller.execute(read)).data).toEqual({ badgeGroups: [] });
  expectUnavailable(await tryCreate(caller), unreachable);
  expect(await isReady()).toBe(true);
  await alterDatabase('reset default_transaction_read_only');
});

test('a server that is full answers what reads, and says that the others may be tried again', async () => {
  await admin.query(`
    create function fail() returns trigger language plpgsql as
      $$begin raise 'could not extend file' using errcode = 'disk_full'; end$$;
    create trigger full_disk before insert on badge_group execute function fail()`);
  expect((await caller.execute(read)).data).toEqual({ badgeGroups: [] });
  expectUnavailable(await tryCreate(caller), unreachable);
  await admin.query('drop function fail cascade');
});

test('an answer that is lost after the commit is 503; the retry finds the group in error 733', async () => {
  const relay = await openRelay(server.url());
  const { db } = openPostgres(relay.url, { poolSize: 1, logger: pino({ level: 'silent' }) });
  const behindRelay = service.with({ db }).adopt(caller);
  expect(await behindRelay.list()).toEqual([]);
  relay.loseNextAnswer();
  expectUnavailable(await tryCreate(behindRelay, 'Gold'), unreachable);
  expect(await behindRelay.tryCreate({ name: 'Gold', rank: 1 })).toMatchObject({
    code: 733,
    existingGroup: { name: 'Gold', rank: 1, createdBy: caller.userId, ...(await caller.list())[0] },
  });
  expect(await caller.list()).toHaveLength(1);
  await db.destroy();
  await relay.cut();
});

test('a connection that falls silent fails one request, and the next one has another connection', async () => {
  const relay = await openRelay(server.url());
  const limits = { statement: 100, answer: 200, stuck: 500 };
  const { db } = openPostgres(relay.url, { poolSize: 1, logger: pino({ level: 'silent' }), limits });
  const behindRelay = service.with({ db }).adopt(caller);
  expect(await behindRelay.list()).toEqual([]);
  relay.silence();
  expectUnavailable(await behindRelay.execute(read), unreachable);
  expect(await behindRelay.list()).toEqual([]);
  await db.destroy();
  await relay.cut();
});

test('a connection on which the server refuses a statement is used again', async () => {
  const gold = await caller.create({ name: 'Gold', rank: 1 });
  await caller.create({ name: 'Silver', rank: 1 });
  const { db } = openPostgres(server.url(), { poolSize: 1, logger: pino({ level: 'silent' }) });
  const findSession = async () => (await sql`select pg_backend_pid()`.execute(db)).rows;
  const before = await findSession();
  const behindOne = service.with({ db }).adopt(caller);
  expect(await behindOne.tryUpdate({ id: gold.id, name: 'Silver' })).toMatchObject({ code: 733 });
  expect(await findSession()).toEqual(before);
  await db.destroy();
});

test('a transaction that is undone is told so, and none of its statements is run again without the others', async () => {
  const gold = await caller.create({ name: 'Gold', rank: 1 });
  const isolated = postgres.db.transaction().setIsolationLevel('repeatable read');
  const undone = isolated.execute(async (transaction) => {
    await transaction.selectFrom('badge_group').select('id').execute();
    await caller.update({ id: gold.id, rank: 2 });
    await transaction.updateTable('badge_group').set({ rank: 3 }).where('id', '=', gold.id).execute();
  });
  await expect(undone).rejects.toMatchObject({ code: '40001' });
  expect(await caller.find(gold.id)).toMatchObject({ rank: 2 });
});

test('a transaction whose connection ends says what has ended it', async () => {
  const ended = postgres.db.transaction().execute(async (transaction) => {
    await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
  });
  await expect(ended).rejects.toThrow('terminating connection due to administrator command');
});

test('a transaction that nobody goes on with gives up its locks', async () => {
  const gold = await caller.create({ name: 'Gold', rank: 1 });
  const { rows } = await sql`show idle_in_transaction_session_timeout`.execute(postgres.db);
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '5s' }]);
  const limits = { idleInTransaction: 50 };
  const { db } = openPostgres(server.url(), { poolSize: 1, logger: pino({ level: 'silent' }), limits });
  const abandoned = db.transaction().execute(async (transaction) => {
    await transaction.updateTable('badge_group').set({ rank: 2 }).where('id', '=', gold.id).execute();
    expect(await caller.update({ id: gold.id, rank: 3 })).toMatchObject({ rank: 3 });
  });
  await expect(abandoned).rejects.toSatisfy(isDatabaseUnavailable);
  expect(await caller.find(gold.id)).toMatchObject({ rank: 3 });
  await db.destroy();
});

test('a lock that all wait for fails every request within 5 s, with more requests than connections', async () => {
  const stranger = await service.addCaller();
  await caller.list();
  const other = await connect();
  await other.query('begin; lock table api_client');
  await admin.query('begin; lock table badge_group');
  const answers = [
    // Its credentials take their time, but can be looked up.
    stranger.execute(many),
    ...Array.from({ length: 3 * poolSize }, (_, index) => tryCreate(caller, `Locked ${index}`)),
  ];
  // Its look-up of credentials has one connection, and the creates have the turns that there are for writes: eight.
  await expect.poll(postgres.countConnections).toMatchObject({ used: 1 + 8, waiting: 0 });
  setTimeout(() => other.query('commit'), 1_500);
  for (const answer of await inTime(Promise.all(answers))) expectUnavailable(answer);
  await expect.poll(postgres.countConnections, { timeout: 3_000 }).toMatchObject({ used: 0, waiting: 0 });
  await other.end();
  await admin.query('commit');
  expect(await caller.list()).toEqual([]);
  expect(await stranger.list()).toEqual([]);
});

test('an update that the server gives up in a deadlock is made all the same when the other lets it through', async () => {
  const [gold, silver] = [
    await caller.create({ name: 'Gold', rank: 2 }),
    await caller.create({ name: 'Silver', rank: 1 }),
  ];
  // The other one waits for ever, so that ours is the one that is given up.
  await admin.query(
    `set deadlock_timeout = '1min'; begin; update badge_group set name = 'Bronze' where name = 'Silver'`,
  );
  const update = inTime(caller.update({ id: gold.id, name: 'Bronze' }));
  await expect.poll(countSessions).toMatchObject({ busy: 1 });
  await admin.query(`update badge_group set rank = 3 where name = 'Gold'`);
  await admin.query('rollback; reset deadlock_timeout');
  expect(await update).toMatchObject({ name: 'Bronze', rank: 2 });
  expect(await caller.find(silver.id)).toEqual(silver);
});

test('a statement that is undone again and again is 503 after the third time', async () => {
  await admin.query(`
    create sequence attempts;
    create function undo() returns trigger language plpgsql as
      $$begin perform nextval('attempts'); raise 'undone' using errcode = 'deadlock_detected'; end$$;
    create trigger undo before insert on badge_group execute function undo()`);
  expectUnavailable(await tryCreate(caller), unreachable);
  expect((await admin.query('select last_value from attempts')).rows).toEqual([{ last_value: '3' }]);
  await admin.query('drop function undo cascade; drop sequence attempts');
});

test.each(['lock_timeout', 'transaction_timeout'])(
  'a lock that the database lets nobody wait for, by its %s, is 503',
  async (limit) => {
    const gold = await caller.create({ name: 'Gold', rank: 1 });
    await alterDatabase(`set ${limit} = '50ms'`);
    await admin.query(`begin; update badge_group set rank = 2 where name = 'Gold'`);
    const answer = await caller.execute(
      `mutation { updateBadgeGroup(input: { id: "${gold.id}", rank: 3 }) { __typename } }`,
    );
    expectUnavailable(answer, unreachable);
    await admin.query('rollback');
    await alterDatabase(`reset ${limit}`);
  },
);

/** Leaves more than one connection idle. */
async function fillPool(): Promise<void> {
  await Promise.all(Array.from({ length: poolSize }, () => caller.execute(read)));
  await expect.poll(() => postgres.countConnections().idle).toBeGreaterThan(1);
}

function tryCreate(by: TestCaller, name = 'Gold'): Promise<Answer<unknown>> {
  return by.execute(`mutation { ${create(name)} }`);
}

/** Exactly what a client may be told, so neither SQL nor secrets. */
function expectUnavailable({ status, headers, errors = [] }: Answer<unknown>, message?: string): void {
  expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '1' });
  expect(errors.length).toBeGreaterThan(0);
  for (const { locations, path, ...error } of errors) {
    expect(error).toEqual({
      message: message ?? expect.toBeOneOf([unreachable, ...tooLate]),
      extensions: { code: 'SERVICE_UNAVAILABLE', requestId: headers.get('x-request-id') },
    });
  }
}

/** Fails when it takes longer than any answer may. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const askedAt = performance.now();
  const given = await answer;
  expect(performance.now() - askedAt).toBeLessThan(5_000);
  return given;
}

async function isReady(): Promise<boolean> {
  return (await service.fetch('/ready')).status === 200;
}

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: server.url() });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function alterDatabase(change: string): Promise<void> {
  await admin.query(`alter database postgres ${change}`);
  await endSessions();
  await expect.poll(postgres.countConnections).toMatchObject({ idle: 0 });
}

async function endSessions(): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'badge-groups'`,
  );
}

/** The service's sessions on the server, and those among them that are amid a statement or a transaction. */
async function countSessions(): Promise<{ all: number; busy: number }> {
  // Within a transaction the statistics else stay as they were at the first look.
  await admin.query('select pg_stat_clear_snapshot()');
  const { rows } = await admin.query(
    `select count(*)::int as all, (count(*) filter (where state <> 'idle'))::int as busy
     from pg_stat_activity where application_name = 'badge-groups'`,
  );
  return rows[0];
}
