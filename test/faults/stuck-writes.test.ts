import { dirname } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { StatementLimits } from '../../src/database/bounds.ts';
import { openPostgres, type Postgres } from '../../src/database/postgres.ts';
import { connectPatiently, startMigratedServer } from '../support/databases.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { type TestCaller, TestService } from '../support/service.ts';
import { type Standby, startStandby } from '../support/standby.ts';

const poolSize = 4;

let server: PostgresServer;
let standby: Standby;
let admin: Client;
let postgres: Postgres;
let service: TestService;
let caller: TestCaller;

beforeAll(async () => {
  server = await startMigratedServer({ durable: true });
  standby = await startStandby(server, 'synchronous');
  admin = new Client({ connectionString: server.url() });
  await admin.connect();
  postgres = openPostgres(server.url(), { poolSize, logger: pino({ level: 'silent' }) });
  service = new TestService({ db: postgres.db, url: server.url(), close: () => postgres.db.destroy() });
});

beforeEach(async () => {
  caller = await service.addCaller();
});

afterAll(async () => {
  await service?.close();
  await admin?.end();
  await standby?.stop();
  await server?.stop();
});

test('a synchronous standby that falls silent stops writes only, and they go on by themselves when it answers again', async () => {
  const acknowledged: string[] = [];
  const refused: (string | undefined)[] = [];
  /** Creates one group after the other, until one is acknowledged after `isOver` is true. */
  const write = async (writer: number): Promise<void> => {
    for (let round = 0; ; round += 1) {
      const mayEnd = isOver;
      const name = `${writer}-${round}`;
      const { status, errors } = await tryCreate(name);
      if (status === 200) acknowledged.push(name);
      else refused.push(`${status} ${errors?.[0]?.extensions?.['code']}`);
      if (mayEnd && status === 200) return;
    }
  };
  const slowest = { readMs: 0, sessions: 0 };
  const notReady: number[] = [];
  /** Reads, asks whether the service is ready, and counts its sessions, over and over. */
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const askedAt = performance.now();
      await caller.list();
      slowest.readMs = Math.max(slowest.readMs, performance.now() - askedAt);
      const { status } = await service.fetch('/ready');
      if (status !== 200) notReady.push(status);
      slowest.sessions = Math.max(slowest.sessions, await countSessions());
    }
  };
  let isOver = false;
  await caller.create({ name: 'Before', rank: 1 });
  await standby.freeze();
  onTestFinished(() => standby.thaw());
  const watching = watch();
  const writing = Promise.all(Array.from({ length: 2 * poolSize }, (_, writer) => write(writer)));
  // Every writer is refused again and again.
  await expect.poll(() => refused.length).toBeGreaterThanOrEqual(6 * poolSize);
  const duringSilence = [...acknowledged];
  isOver = true;
  await watching;
  standby.thaw();
  await writing;

  expect(duringSilence).toEqual([]);
  expect(new Set(refused)).toEqual(new Set(['503 SERVICE_UNAVAILABLE']));
  expect(notReady).toEqual([]);
  expect(slowest.readMs).toBeLessThan(500);
  expect(slowest.sessions).toBeLessThanOrEqual(poolSize);
  await expect.poll(listOnStandby).toEqual(expect.arrayContaining(['Before', ...acknowledged]));
  await expect.poll(postgres.countConnections).toMatchObject({ used: 0, stuck: 0, waiting: 0 });
});

describe('writes that wait for a lock', () => {
  beforeEach(async () => {
    await admin.query('begin; lock table badge_group in exclusive mode');
  });

  afterEach(async () => {
    await admin.query('rollback');
  });

  test('leave one of four connections to reads, creates and updates together', async () => {
    const update = `mutation { updateBadgeGroup(input: { id: "${'0'.repeat(24)}", rank: 2 }) { __typename } }`;
    const writes = Array.from({ length: poolSize }, (_, index) => [
      tryCreate(`Locked ${index}`),
      caller.execute(update),
    ]).flat();
    await expect.poll(postgres.countConnections).toMatchObject({
      used: 0.75 * poolSize,
      waiting: 1.25 * poolSize,
    });
    const askedAt = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => caller.list()));
    expect((await service.fetch('/ready')).status).toBe(200);
    expect(performance.now() - askedAt).toBeLessThan(500);
    expect(postgres.countConnections().waiting).toBe(1.25 * poolSize);
    await admin.query('rollback');
    const statuses = (await Promise.all(writes)).map(({ status }) => status);
    expect(statuses).toEqual(Array(2 * poolSize).fill(200));
  });

  test('leave two of eleven connections to reads', async () => {
    const { db, countConnections } = open({}, { size: 11 });
    const behindEleven = service.with({ db }).adopt(caller);
    const writes = Array.from({ length: 11 }, (_, rank) => behindEleven.create({ name: `${rank}`, rank }));
    await expect.poll(countConnections).toMatchObject({ used: 9, waiting: 2 });
    await Promise.all(Array.from({ length: 20 }, () => behindEleven.list()));
    expect(countConnections()).toMatchObject({ used: 9, waiting: 2 });
    await admin.query('rollback');
    await Promise.all(writes);
  });

  test('are refused when no connection becomes free for them within 2 s', async () => {
    const askedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: poolSize }, (_, index) => tryCreate(`${index}`)));
    expect(performance.now() - askedAt).toBeLessThan(4_500);
    for (const { status, errors } of answers) {
      expect({ status, errors }).toMatchObject({
        status: 503,
        errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      });
    }
  });
});

test('one connection is enough for reads and writes', async () => {
  const { db } = open({}, { size: 1 });
  const behindOne = service.with({ db }).adopt(caller);
  const names = ['Gold', 'Silver', 'Bronze'];
  await Promise.all(names.map((name) => behindOne.create({ name, rank: 1 })));
  expect((await behindOne.list()).map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

describe('a statement that was given up', () => {
  const limits = { answer: 500 };

  test.each([
    ['TCP', () => server.url()],
    ['a Unix socket', () => findSocketUrl()],
  ])('is cancelled over %s, and its connection is replaced', async (_way, findUrl) => {
    const { db, countConnections } = open(limits, { url: findUrl() });
    const before = await findSession(db);
    await expect(sql`select pg_sleep(60)`.execute(db)).rejects.toThrow('did not answer in time');
    await expect.poll(countConnections).toMatchObject({ used: 0, stuck: 0, idle: 0 });
    expect(await isAlive(before)).toBe(false);
    expect(await findSession(db)).not.toBe(before);
  });

  test('has its connection until the backend is gone, however late that is', async () => {
    const { db, countConnections } = open(limits);
    const backend = await findSession(db);
    stopBackend(backend);
    await expect(findSession(db)).rejects.toThrow('did not answer in time');
    expect(countConnections()).toMatchObject({ used: 1, stuck: 1 });
    // It waits for a connection as long as it may, and has none.
    await expect(findSession(db)).rejects.toThrow('timeout exceeded when trying to connect');
    expect(countConnections()).toMatchObject({ used: 1, stuck: 1 });
    const next = findSession(db);
    goOn(backend);
    expect(await next).not.toBe(backend);
    expect(await isAlive(backend)).toBe(false);
  });

  test('counts no longer than it may, when its backend never answers', async () => {
    const { db, countConnections } = open({ ...limits, stuck: 300 });
    const backend = await findSession(db);
    stopBackend(backend);
    await expect(findSession(db)).rejects.toThrow('did not answer in time');
    expect(countConnections()).toMatchObject({ stuck: 1 });
    expect(await findSession(db)).not.toBe(backend);
    expect(countConnections()).toMatchObject({ stuck: 0 });
  });

  test('keeps no pool from closing, whether before or after', async () => {
    const { db, countConnections } = open(limits, { size: 2, closes: false });
    const backends = await Promise.all([findSession(db), findSession(db)]);
    backends.forEach(stopBackend);
    await expect(findSession(db)).rejects.toThrow('did not answer in time');
    const last = expect(findSession(db)).rejects.toThrow('did not answer in time');
    await expect.poll(countConnections).toMatchObject({ used: 2 });
    const closedAt = performance.now();
    await db.destroy();
    await last;
    expect(performance.now() - closedAt).toBeLessThan(1_000);
  });
});

function open(
  limits: StatementLimits,
  { size = 1, url = server.url(), closes = true }: { size?: number; url?: string; closes?: boolean } = {},
): Postgres {
  const opened = openPostgres(url, { poolSize: size, logger: pino({ level: 'silent' }), limits });
  if (closes) onTestFinished(() => opened.db.destroy());
  return opened;
}

function tryCreate(name: string) {
  return caller.execute(
    `mutation { createBadgeGroup(input: { name: "${name}", rank: 1 }) { __typename ... on BadgeGroup { id } } }`,
  );
}

/** The server's socket is beside its log. */
function findSocketUrl(): string {
  const { port } = new URL(server.url());
  return `postgres://postgres@/postgres?host=${encodeURIComponent(dirname(server.logFile))}&port=${port}`;
}

async function findSession(db: Postgres['db']): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  return rows[0]?.pid as number;
}

/** Until the end of the test, at most: it takes no cancel meanwhile. */
function stopBackend(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  onTestFinished(() => goOn(pid));
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It is gone.
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const { rows } = await admin.query('select from pg_stat_activity where pid = $1', [pid]);
  return rows.length > 0;
}

async function countSessions(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity where application_name = 'badge-groups'`,
  );
  return rows[0]?.count as number;
}

async function listOnStandby(): Promise<string[]> {
  const db = connectPatiently(standby.url());
  const rows = await db.selectFrom('badge_group').select('name').where('org_id', '=', caller.orgId).execute();
  await db.destroy();
  return rows.map(({ name }) => name);
}
