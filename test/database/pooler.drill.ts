import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgres, type PostgresOptions } from '../../src/database/postgres.ts';
import { startMigratedServer } from '../support/databases.ts';
import { documented, type PgBouncer, type PgBouncerOptions, startPgBouncer } from '../support/pgbouncer.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { addClient, runCommand, ServiceProcess, spawnService } from '../support/process.ts';
import { recordLog } from '../support/recorded-log.ts';
import { type Answer, TestCaller, TestService } from '../support/service.ts';

/** Another one than the system's, to be tried by hand. */
const program = process.env['PGBOUNCER'] ?? '/usr/sbin/pgbouncer';

let server: PostgresServer;
let admin: Client;

beforeAll(async () => {
  server = await startMigratedServer({ durable: true });
  admin = await connect(server.url());
  await admin.query('create database badge_groups template postgres');
});

afterEach(async () => {
  await admin.query('rollback');
});

afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

describe.each(['transaction', 'session'] as const)('PgBouncer as it comes, in %s mode', (poolMode) => {
  test('carries the service and its commands', async () => {
    await using pooler = await start({ poolMode });
    const credentials = await addClient(pooler.url(), poolMode);
    const { stdout } = await runCommand('client', ['list'], { env: { DATABASE_URL: pooler.url() } });
    expect(stdout).toContain(poolMode);
    await using service = await ServiceProcess.start({ DATABASE_URL: pooler.url() });
    const caller = new TestCaller(service, credentials);
    const group = await caller.create({ name: poolMode, rank: 1 });
    const updated = await caller.update({ id: group.id, rank: 2, ifLastUpdatedOn: group.lastUpdatedOn });
    expect(await caller.find(group.id)).toEqual(updated);
    expect((await fetch(new URL('/ready', service.url))).status).toBe(200);
    const { rows } = await admin.query(
      `select from pg_stat_activity where application_name = 'badge-groups'`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(await service.stop()).toMatchObject({ exit: 0, stderr: '' });
  });
});

test('PgBouncer in statement mode is refused in one line', async () => {
  await using pooler = await start({ poolMode: 'statement' });
  await using service = spawnService({ DATABASE_URL: pooler.url() });
  const line =
    'DATABASE_URL points at a database whose pooler carries no transactions (transaction blocks not allowed in statement pooling mode): say pool_mode = transaction in PgBouncer.\n';
  expect(await service.ended).toEqual({ exit: 1, stdout: '', stderr: line });
  const migrated = await runCommand('migrate', [], { env: { DATABASE_URL: pooler.url() } });
  expect(migrated).toEqual({ exit: 1, stdout: '', stderr: line });
});

describe('the bound of a statement', () => {
  const long = sql`select pg_sleep(60)`;

  test.each([
    ['is refused', {}],
    ['is ignored', { ignore_startup_parameters: 'statement_timeout, idle_in_transaction_session_timeout' }],
  ])(
    'is ours where it %s, and ends the statement on the server, also one that had to wait there',
    async (_title, more) => {
      await using pooler = await start({ settings: { default_pool_size: 1, ...more } });
      const limits = { statement: 300, answer: 60_000, stuck: 30_000 };
      const { db, checkBounds, countConnections } = open(pooler.url(), { limits });
      await checkBounds();
      const { rows } = await sql`show statement_timeout`.execute(db);
      expect(rows).toEqual([{ statement_timeout: '0' }]);
      const answers = await Promise.allSettled([long.execute(db), long.execute(db)]);
      for (const answer of answers) {
        expect(answer).toMatchObject({ reason: { message: 'The database did not answer in time.' } });
      }
      await expect.poll(countConnections, { timeout: 5_000 }).toMatchObject({ used: 0, stuck: 0 });
      expect(await countStatements('pg_sleep')).toBe(0);
      expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    },
  );

  test('is the server’s own with the documented settings, except for whoever migrates', async () => {
    await using pooler = await start(documented);
    const { db } = open(pooler.url('badge_groups'));
    const bounds = sql`select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`;
    expect((await bounds.execute(db)).rows).toEqual([{ statement: '2s', idle: '5s' }]);
    const owner = open(pooler.url('badge_groups_owner'), { limits: {} });
    expect((await bounds.execute(owner.db)).rows).toEqual([{ statement: '0', idle: '0' }]);
  });

  test.each(['the service', 'PgBouncer'])('holds on the server when %s is killed', async (victim) => {
    await using pooler = await start(documented);
    const url = pooler.url('badge_groups');
    const credentials = await addClient(url, victim === 'PgBouncer' ? 'first' : 'second');
    await using service = await ServiceProcess.start({ DATABASE_URL: url });
    const caller = new TestCaller(service, credentials);
    await caller.list();
    await using other = await connect(server.url('badge_groups'));
    await other.query('begin; lock table badge_group');
    const answer = caller.execute(create('Late')).catch(() => undefined);
    await expect.poll(() => countStatements('insert')).toBe(1);
    if (victim === 'PgBouncer') await pooler.kill('SIGKILL');
    else service.kill('SIGKILL');
    await answer;
    expect(await countStatements('insert')).toBe(1);
    await expect.poll(() => countStatements('insert'), { timeout: 4_000 }).toBe(0);
  });
});

describe('prepared statements, of eighteen connections over two', () => {
  test.each([
    ['as PgBouncer comes', {}],
    ['with max_prepared_statements', { max_prepared_statements: 200 }],
    ['without', { max_prepared_statements: 0 }],
  ])('%s: every answer is the right one, and what is lost is logged once', async (_title, more) => {
    await using pooler = await start({ settings: { default_pool_size: 2 } });
    const known = await findSetting(pooler, 'max_prepared_statements');
    // Before 1.21 there is no such setting.
    if (known === undefined && 'max_prepared_statements' in more) return;
    await using chosen = await start({ settings: { default_pool_size: 2, ...more } });
    const areKept = Number((await findSetting(chosen, 'max_prepared_statements')) ?? 0) > 0;
    const opened = Array.from({ length: 3 }, () => open(chosen.url(), { poolSize: 6 }));
    await Promise.all(
      opened.flatMap(({ service }) => Array.from({ length: 6 }, (_, index) => workAlone(service, index))),
    );
    const lines = opened.map(({ log }) => log.filter((line) => line.includes('prepared statements')).length);
    expect(lines).toEqual(Array(3).fill(areKept ? 0 : 1));
  });
});

test('what another client of the pooler has set changes no answer', async () => {
  await using pooler = await start({ settings: { default_pool_size: 1 } });
  const { service } = open(pooler.url());
  const caller = await service.addCaller();
  const group = await caller.create({ name: 'Gold', rank: 1 });
  await using other = await connect(pooler.url());
  await other.query(`set extra_float_digits = -15; set DateStyle = 'SQL, DMY'; set IntervalStyle = sql_standard;
    set TimeZone = 'Asia/Kathmandu'; set bytea_output = escape; set default_transaction_isolation = serializable`);
  const { rows } = await sql`show default_transaction_isolation`.execute(service.db);
  expect(rows).toEqual([{ default_transaction_isolation: 'serializable' }]);
  expect(await caller.find(group.id)).toEqual(group);
  expect(await caller.list()).toEqual([group]);
  const updated = await caller.update({ id: group.id, rank: 2, ifLastUpdatedOn: group.lastUpdatedOn });
  expect(updated).toMatchObject({ createdOn: group.createdOn, createdOnISO: group.createdOnISO, rank: 2 });
  expect(await caller.tryCreate({ name: 'Gold', rank: 3 })).toMatchObject({ existingGroup: updated });
  const ranks = Array.from({ length: 10 }, (_, index) => caller.update({ id: group.id, rank: index }));
  expect(new Set((await Promise.all(ranks)).map(({ lastUpdatedOn }) => lastUpdatedOn)).size).toBe(10);
});

test('backends that are lost, a pooler and a server that are killed: 503 until they are back, no acknowledged write lost, and never more backends than the pooler may have', async () => {
  await using pooler = await start({
    ...documented,
    settings: { ...documented.settings, default_pool_size: 6 },
  });
  const { service, countConnections } = open(pooler.url('badge_groups'), { poolSize: 10 });
  const caller = await service.addCaller();
  const acknowledged: string[] = [];
  const refusals = new Set<string>();
  let lists = 0;
  let mostBackends = 0;
  let isOver = false;
  const write = async (writer: number): Promise<void> => {
    for (let round = 0; !isOver; round += 1) {
      const name = `${writer}-${round}`;
      const answer = await caller.execute(create(name));
      if (answer.status === 200) acknowledged.push(name);
      else refusals.add(describeRefusal(answer));
    }
  };
  const read = async (): Promise<void> => {
    while (!isOver) {
      const answer = await caller.execute('{ badgeGroups(first: 5) { id } }');
      if (answer.status === 200) lists += 1;
      else refusals.add(describeRefusal(answer));
    }
  };
  const watch = async (): Promise<void> => {
    for (; !isOver; await sleep(5)) {
      mostBackends = Math.max(mostBackends, await countBackends().catch(() => 0));
    }
  };
  const goesOn = async (): Promise<void> => {
    const before = { writes: acknowledged.length, lists };
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(before.writes + 50);
    await expect.poll(() => lists, { timeout: 10_000 }).toBeGreaterThan(before.lists + 50);
  };
  const all = Promise.all([
    watch(),
    ...Array.from({ length: 8 }, (_, index) => write(index)),
    ...Array.from({ length: 8 }, read),
  ]);

  try {
    await goesOn();
    for (let time = 0; time < 5; time += 1) {
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'badge-groups'`,
      );
      await goesOn();
    }
    await pooler.kill('SIGKILL');
    await expect.poll(() => refusals.size).toBeGreaterThan(0);
    await pooler.start();
    await goesOn();
    await server.kill('SIGKILL');
    await server.start();
    admin = await connect(server.url());
    await goesOn();
  } finally {
    isOver = true;
    await all;
  }

  expect(refusals).toEqual(new Set(['503 SERVICE_UNAVAILABLE']));
  expect(mostBackends).toBeGreaterThan(1);
  expect(mostBackends).toBeLessThanOrEqual(6);
  const { rows } = await sql<{ name: string }>`
    select name from badge_group where org_id = ${caller.orgId}`.execute(service.db);
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(acknowledged));
  await expect.poll(countConnections).toMatchObject({ used: 0, stuck: 0, waiting: 0 });
  console.log(
    `${acknowledged.length} writes acknowledged, ${lists} lists, at most ${mostBackends} backends, 0 lost`,
  );
});

test.each([
  ['PgBouncer', (pooler: PgBouncer) => pooler.kill('SIGSTOP'), (pooler: PgBouncer) => pooler.kill('SIGCONT')],
  ['the server', () => server.freeze(), () => server.thaw()],
])('while %s hangs, every request is 503; afterwards all goes on by itself', async (_who, hang, goOn) => {
  await using pooler = await start(documented);
  const { service, countConnections } = open(pooler.url('badge_groups'), { poolSize: 4 });
  const caller = await service.addCaller();
  await Promise.all(Array.from({ length: 8 }, () => caller.list()));
  await hang(pooler);
  const asked = [create('Lost'), ...Array(4).fill('{ badgeGroups(first: 5) { id } }')];
  const answers = await Promise.all(asked.map((document) => caller.execute(document)));
  await goOn(pooler);
  expect(answers.map(describeRefusal)).toEqual(Array(5).fill('503 SERVICE_UNAVAILABLE'));
  await expect
    .poll(async () => (await caller.execute(create('After'))).status, { timeout: 10_000 })
    .toBe(200);
  await expect.poll(countConnections, { timeout: 5_000 }).toMatchObject({ used: 0, stuck: 0, waiting: 0 });
});

function start(options: PgBouncerOptions = {}): Promise<PgBouncer> {
  return startPgBouncer(server, { program, ...options });
}

/** The service on a pool of its own, with what it logs, until the end of the test. */
function open(url: string, options: Partial<PostgresOptions> = {}) {
  const { logger, log } = recordLog('warn');
  const postgres = openPostgres(url, { poolSize: 4, logger, ...options });
  const service = new TestService({ ...postgres, url, close: () => postgres.db.destroy() });
  onTestFinished(() => service.close());
  return { ...postgres, service, log };
}

/** Makes and changes groups that nobody else does, and meets them as it has left them. */
async function workAlone(service: TestService, worker: number): Promise<void> {
  const caller = await service.addCaller();
  for (let round = 0; round < 5; round += 1) {
    const group = await caller.create({ name: `${worker}-${round}`, rank: round });
    const updated = await caller.update({ id: group.id, rank: -round, ifLastUpdatedOn: group.lastUpdatedOn });
    expect(await caller.find(group.id)).toEqual(updated);
    expect(await caller.findByName(group.name)).toEqual(updated);
    expect(await caller.findByIds([group.id])).toEqual([updated]);
    expect(await caller.list({ first: 20 })).toHaveLength(round + 1);
    expect((await caller.history(group.id)).edges).toHaveLength(round === 0 ? 1 : 2);
  }
}

async function findSetting(pooler: PgBouncer, name: string): Promise<unknown> {
  return (await pooler.show('config')).find(({ key }) => key === name)?.['value'];
}

function create(name: string): string {
  return `mutation { createBadgeGroup(input: { name: "${name}", rank: 1 }) { ... on BadgeGroup { id } } }`;
}

function describeRefusal({ status, errors }: Answer<unknown>): string {
  return `${status} ${errors?.[0]?.extensions?.['code']}`;
}

async function connect(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function countBackends(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity where application_name = 'badge-groups'`,
  );
  return rows[0]?.count as number;
}

/** Those of the service that run, or wait, on the server. */
async function countStatements(part: string): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity
     where application_name = 'badge-groups' and state = 'active' and query like $1`,
    [`%${part}%`],
  );
  return rows[0]?.count as number;
}
