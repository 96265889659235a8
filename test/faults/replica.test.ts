import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { openDatabase, openReplica } from '../../src/database/open.ts';
import type { Replica } from '../../src/database/replica.ts';
import { startMigratedServer } from '../support/databases.ts';
import { isJudged } from '../support/door.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { TestService } from '../support/service.ts';
import { query, type Standby, startStandby } from '../support/standby.ts';

let primary: PostgresServer;
let standby: Standby;

beforeAll(async () => {
  primary = await startMigratedServer({ durable: true });
  // A read waits for whoever holds this lock on the server that it has come to.
  await query(
    primary,
    `create role app login;
     grant select, insert, update on all tables in schema public to app;
     alter table badge_group enable row level security;
     create policy waits on badge_group using ((select pg_advisory_xact_lock_shared(1)) is not null)`,
  );
  await query(primary, `alter system set log_statement = 'all'`);
  await query(primary, `alter system set wal_retrieve_retry_interval = '50ms'`);
  standby = await startStandby(primary, 'asynchronous');
});

afterAll(async () => {
  await standby?.stop();
  await primary?.stop();
});

/** A service process in small. */
class Instance {
  readonly service: TestService;
  /** Of its replica, in the log. */
  readonly said: string[];
  readonly #replica: Replica;

  constructor(service: TestService, replica: Replica, said: string[]) {
    this.service = service;
    this.#replica = replica;
    this.said = said;
  }

  static async open(replicaUrl = asApp(standby), databaseUrl = asApp(primary)): Promise<Instance> {
    const said: string[] = [];
    const write = (line: string) => {
      const { msg, reason } = JSON.parse(line);
      if (msg.startsWith('Reads go')) said.push(reason ? `${msg}: ${reason}` : msg);
    };
    const logger = pino({ level: 'info' }, { write });
    const config = readConfig({ DATABASE_URL: databaseUrl, DATABASE_REPLICA_URL: replicaUrl });
    const database = await openDatabase(config, logger);
    const replica = (await openReplica(config, database.db, logger)) as Replica;
    const service = new TestService({ ...database, reads: replica.db, url: undefined });
    return new Instance(service, replica, said);
  }

  /** How many reads of `ask` were answered by whom. */
  async count(ask: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = Object.values(this.#replica.countReads());
    await ask();
    const after = Object.entries(this.#replica.countReads());
    const counts = after.map(([by, count], index) => [by, count - before[index]] as const);
    return Object.fromEntries(counts.filter(([, count]) => count !== 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#replica.close();
    await this.service.close();
  }
}

const used = 'Reads go to the replica';
const unused = (why: string) => `Reads go to the primary: DATABASE_REPLICA_URL points at a database ${why}`;
const behind = unused('that is behind the one in DATABASE_URL: see how its replication goes.');
const byReplica = { replica: 1 };

// The judge of the door asks for histories once more.
test.skipIf(isJudged)(
  'queries are answered by the replica; writes, what is read beneath them, and credentials by the primary',
  async () => {
    await catchUp();
    await using one = await Instance.open();
    expect(one.said).toEqual([used]);
    const caller = await one.service.addCaller();
    const sent = watchStatements();
    // The first of each goes through Yoga, the second one through the door.
    for (const name of ['Gold', 'Silver']) {
      const { id } = await caller.create({ name, rank: 1 });
      expect(await caller.tryCreate({ name, rank: 1 })).toMatchObject({ existingGroup: { id } });
      expect(await caller.tryUpdate({ id, ifLastUpdatedOn: 1 })).toMatchObject({ currentGroup: { id } });
      await caller.execute(
        `mutation ($id: ID!) { updateBadgeGroup(input: { id: $id, rank: 2 }) {
        ... on BadgeGroup { history { totalCount edges { node { rank } } } } } }`,
        { id },
      );
      const credentials = name === 'Gold' ? ['api_client'] : [];
      const created = ['insert_badge_group', 'insert_badge_group', 'badge_group_by_name'];
      const updated = ['update_badge_group', 'update_badge_group'];
      const history = ['list_badge_group_versions', 'count_badge_group_versions'];
      expect(sent()).toEqual({
        primary: [...credentials, ...created, ...updated, ...history],
        standby: [],
      });
      await catchUp();
      await caller.list();
      await caller.findByName(name);
      await caller.page({});
      await caller.history(id);
      await caller.execute('query ($all: [_Any!]!) { _entities(representations: $all) { __typename } }', {
        all: [{ __typename: 'BadgeGroup', id }],
      });
      const listed = ['list_badge_groups', 'badge_group_by_name', 'list_badge_groups', 'count_badge_groups'];
      const found = ['badge_groups_by_ids', ...history, 'badge_groups_by_ids'];
      expect(sent()).toEqual({ primary: [], standby: [...listed, ...found] });
    }
  },
);

test('nobody misses a write that he was told of through another process, of a replica that shows it later', async () => {
  await set(standby, `recovery_min_apply_delay = '5ms'`);
  await using writer = await Instance.open();
  await using reader = await Instance.open();
  const caller = await writer.service.addCaller();
  const there = reader.service.adopt(caller);
  const work = async (_: unknown, worker: number) => {
    const { id } = await caller.create({ name: `Group ${worker}`, rank: 0 });
    for (let rank = 1; rank <= 20; rank += 1) {
      await caller.update({ id, rank });
      expect(await there.find(id)).toMatchObject({ rank });
    }
  };
  const counts = await reader.count(() => Promise.all(Array.from({ length: 10 }, work)));
  expect(counts['replica']).toBeGreaterThan(0);
  await set(standby, `recovery_min_apply_delay = 0`);
});

test('a replica that stands still is not asked, until it has caught up', async () => {
  await catchUp();
  await using one = await Instance.open();
  const caller = await one.service.addCaller();
  await catchUp();
  expect(await one.count(() => caller.list())).toEqual(byReplica);
  await query(standby, 'select pg_wal_replay_pause()');
  await caller.create({ name: 'Gold', rank: 1 });
  expect(await one.count(async () => expect(await caller.list()).toHaveLength(1))).toEqual({ behind: 1 });
  expect(await one.count(async () => expect(await caller.list()).toHaveLength(1))).toEqual({ behind: 1 });
  await query(standby, 'select pg_wal_replay_resume()');
  await expect.poll(() => one.said).toEqual([used, behind, used]);
  expect(await one.count(async () => expect(await caller.list()).toHaveLength(1))).toEqual(byReplica);
});

test('a replica that hangs costs no read its answer, and is asked again when it goes on', async () => {
  await using one = await Instance.open();
  const caller = await one.service.addCaller();
  const gold = await caller.create({ name: 'Gold', rank: 1 });
  await catchUp();
  const lock = await lockReads(standby);
  const underWay = Array.from({ length: 3 }, () => caller.findByName('Gold'));
  await expect.poll(() => countReads(standby)).toBe(3);
  await standby.freeze();
  for (const found of await Promise.all([...underWay, caller.findByName('Gold')]))
    expect(found).toEqual(gold);
  expect(await one.count(() => Promise.all([caller.list(), caller.list()]))).toEqual({ away: 2 });
  standby.thaw();
  await lock.end();
  await expect.poll(() => one.count(() => caller.list())).toEqual(byReplica);
});

test('a replica that crashes costs no read its answer, and is asked again when it is back', async () => {
  await using one = await Instance.open();
  const caller = await one.service.addCaller();
  const gold = await caller.create({ name: 'Gold', rank: 1 });
  await catchUp();
  await lockReads(standby);
  const underWay = Array.from({ length: 3 }, () => caller.findByName('Gold'));
  await expect.poll(() => countReads(standby)).toBe(3);
  await standby.crash();
  for (const found of await Promise.all([...underWay, caller.findByName('Gold')]))
    expect(found).toEqual(gold);
  expect(await one.count(() => caller.list())).toEqual({ away: 1 });
  expect((await one.service.fetch('/ready')).status).toBe(200);
  await standby.start();
  await expect.poll(() => one.count(() => caller.list())).toEqual(byReplica);
});

describe('a read that the replica gives up', () => {
  test('because it takes too long there is answered by the primary, and the next one by the replica', async () => {
    await using one = await Instance.open();
    const caller = await one.service.addCaller();
    const gold = await caller.create({ name: 'Gold', rank: 1 });
    await catchUp();
    const lock = await lockReads(standby);
    expect(await one.count(async () => expect(await caller.list()).toEqual([gold]))).toEqual({ repeated: 1 });
    await lock.end();
    expect(await one.count(() => caller.list())).toEqual(byReplica);
  });

  test('because of what it has to replay is answered all the same', async () => {
    await set(standby, 'max_standby_streaming_delay = 0');
    await catchUp();
    await using one = await Instance.open();
    const caller = await one.service.addCaller();
    const gold = await caller.create({ name: 'Gold', rank: 1 });
    await catchUp();
    const lock = await lockReads(standby);
    const list = caller.list();
    await expect.poll(() => countReads(standby)).toBe(1);
    await query(primary, 'begin; lock table badge_group; commit');
    await expect.poll(() => readFileSync(standby.logFile, 'utf8')).toContain('conflict with recovery');
    await lock.end();
    expect(await list).toEqual([gold]);
    expect(one.said).toEqual([used]);
  });
});

test('without its primary the replica is not asked: nobody knows whether it has everything', async () => {
  await using one = await Instance.open();
  const caller = await one.service.addCaller();
  await caller.list();
  await primary.kill('SIGINT');
  const { status, errors } = await caller.execute('{ badgeGroups { id } }');
  expect({ status, code: errors?.[0]?.extensions?.['code'] }).toEqual({
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
  });
  await primary.start();
  await expect.poll(() => one.count(() => caller.list())).toEqual(byReplica);
});

describe('the service starts, and reads from its primary, where the replica', () => {
  test.each([
    ['is away', 'that does not answer', () => Instance.open('postgres://127.0.0.1:1/nowhere')],
    ['is of another cluster', 'of another cluster', () => Instance.open(inject('adminUrl'))],
    ['is the primary itself', 'that is no standby', () => Instance.open(asApp(primary))],
    [
      'cannot be told what it lacks',
      'whose primary acknowledges what it may still lose (synchronous_commit = off)',
      () => Instance.open(asApp(standby), `${asApp(primary)}?options=-c%20synchronous_commit%3Doff`),
    ],
  ])('%s', async (_title, why, open) => {
    await using one = await open();
    expect(one.said).toEqual([expect.stringContaining(unused(why))]);
    const caller = await one.service.addCaller();
    expect(await one.count(async () => expect(await caller.list()).toEqual([]))).toEqual({ away: 1 });
  });

  test('may be anybody, of which the log warns', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line).msg) });
    const url = 'postgres://127.0.0.1:1/nowhere?sslmode=require';
    const config = readConfig({ DATABASE_URL: asApp(primary), DATABASE_REPLICA_URL: url });
    const database = await openDatabase(config, logger);
    const replica = await openReplica(config, database.db, logger);
    expect(lines[0]).toContain('sslmode=verify-full in DATABASE_REPLICA_URL');
    await replica?.close();
    await database.close();
  });

  test('was promoted, or does not follow the one that was', async () => {
    const other = await startStandby(primary, 'asynchronous');
    await catchUp();
    await using one = await Instance.open();
    await using ofBoth = await Instance.open(
      asApp(standby).replace(/(?=\/postgres$)/, `,${new URL(other.url()).host}`),
    );
    const caller = await one.service.addCaller();
    const there = ofBoth.service.adopt(caller);
    await catchUp();
    expect(await one.count(() => caller.list())).toEqual(byReplica);
    expect(await ofBoth.count(() => there.list())).toEqual(byReplica);
    await standby.promote();
    await expect.poll(() => one.count(() => caller.list())).toEqual({ away: 1 });
    await expect.poll(() => ofBoth.count(() => there.list())).toEqual({ away: 1 });
    // By the other host, which is a standby still.
    await expect.poll(() => ofBoth.count(() => there.list()), { timeout: 5_000 }).toEqual(byReplica);
    await using two = await Instance.open(asApp(other), asApp(standby));
    expect([...one.said, ...two.said]).toEqual([
      used,
      unused('that is no standby, or none any more: name one of the server in DATABASE_URL.'),
      unused('on timeline 1, while that in DATABASE_URL is on 2: let it follow that one.'),
    ]);
    await other.stop();
  });
});

function asApp(server: PostgresServer): string {
  return server.url().replace('postgres@', 'app@');
}

/** Settles when the standby has replayed all that the primary has: of what it has later, a service waits for a moment only. */
async function catchUp(): Promise<void> {
  const [written] = await query<{ end: string }>(primary, 'select pg_current_wal_flush_lsn() as end');
  const replayed = `select pg_last_wal_replay_lsn() >= '${written?.end}' as "hasAll"`;
  await expect.poll(() => query(standby, replayed)).toEqual([{ hasAll: true }]);
}

async function set(server: PostgresServer, setting: string): Promise<void> {
  await query(server, `alter system set ${setting}`);
  await query(server, 'select pg_reload_conf()');
}

/** Until the connection that it gives ends. */
async function lockReads(server: PostgresServer): Promise<Client> {
  const client = new Client({ connectionString: server.url() });
  client.on('error', () => {});
  await client.connect();
  await client.query('select pg_advisory_lock(1)');
  return client;
}

/** Those that wait for the lock. */
async function countReads(server: PostgresServer): Promise<number> {
  const waiting = await query(server, `select from pg_stat_activity where wait_event = 'advisory'`);
  return waiting.length;
}

/** What names the statements that the two servers were sent since it was asked last, but those for their positions. */
function watchStatements() {
  const ends = { primary: 0, standby: 0 };
  const read = (who: 'primary' | 'standby'): string[] => {
    const log = readFileSync({ primary, standby }[who].logFile, 'utf8');
    const sent = log
      .slice(ends[who])
      .matchAll(/execute (?:<unnamed>: .*?"(api_client)"|([a-z_]+)_[0-9a-f]{12}:)/g);
    ends[who] = log.length;
    return [...sent]
      .map(([, table, name = table]) => name as string)
      .filter((name) => !name.endsWith('_position'));
  };
  const readBoth = () => ({ primary: read('primary'), standby: read('standby') });
  readBoth();
  return readBoth;
}
