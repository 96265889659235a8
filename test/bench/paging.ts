/**
 * What a page, a filter and an update cost in an org of 1,000,000 groups, on a Postgres server of its own: medians of
 * one run, beside the same page by OFFSET, as ratios to the first page. For people to read; it judges nothing.
 */
import { sql } from 'kysely';
import { pino } from 'pino';
import { encodeCursor } from '../../src/badge-group/cursor.ts';
import type { Db } from '../../src/database/database.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { type TestCaller, TestService } from '../support/service.ts';

const orgSize = 1_000_000;
const orgId = 1;

const server = await startPostgresServer();
const { db } = openPostgres(server.url(), { poolSize: 10, logger: pino({ level: 'silent' }), limits: {} });
try {
  await migrateToLatest(db);
  console.log(`Filling an org with ${orgSize} groups, ten of them active …`);
  await fill(db);
  const service = new TestService({ db, url: server.url(), close: async () => {} }, { logLevel: 'silent' });
  await measure(await service.addCaller({ orgId }), db);
} finally {
  await db.destroy();
  await server.stop();
}

async function measure(caller: TestCaller, db: Db): Promise<void> {
  const deep = await findCursor(db, orgSize / 2);
  const tied = await findCursor(db, orgSize - 1_000);
  const id = (await caller.page({ first: 1 })).edges[0]?.node.id as string;
  const fields = '{ edges { cursor node { id name rank createdOn } } pageInfo { hasNextPage endCursor } }';
  const page = (argument: string) => async () => {
    const { data } = await caller.execute(`{ badgeGroupsConnection(${argument}) ${fields} }`);
    if (!data) throw new Error(`No page for ${argument}`);
  };
  let lastRank = 0;
  const nextRank = () => {
    lastRank += 1;
    return lastRank;
  };

  const rows: [string, () => Promise<unknown>][] = [
    ['first page of 100', page('first: 100')],
    ['page of 100, 500,000 deep', page(`first: 100, after: "${deep}"`)],
    ['page of 100, deep among equal ranks', page(`first: 100, after: "${tied}"`)],
    ['last page of 100', page('last: 100')],
    ['the ten active groups', page('first: 100, isActive: true')],
    ['update of a rank', () => caller.update({ id, rank: nextRank() })],
    ['the deep page by OFFSET, the statement alone', () => pageByOffset(db)],
    ['totalCount', async () => caller.execute('{ badgeGroupsConnection(first: 0) { totalCount } }')],
  ];
  const medians: [string, number][] = [];
  for (const [title, run] of rows) medians.push([title, await median(run)]);
  const first = medians[0]?.[1] ?? 1;
  for (const [title, ms] of medians) {
    console.log(
      `${title.padEnd(46)} ${ms.toFixed(2).padStart(9)} ms  ${(ms / first).toFixed(1).padStart(7)} ×`,
    );
  }
}

async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 35; round += 1) {
    const startedAt = performance.now();
    await run();
    if (round >= 5) times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[times.length / 2] as number;
}

/** A hundred thousand groups of each of ten ranks. */
async function fill(db: Db): Promise<void> {
  await sql`
    insert into badge_group (org_id, id, name, rank, is_active, created_by, updated_by)
    select ${orgId}::int, lpad(to_hex(n), 24, '0'), 'Group ' || n, n % 10, n % ${orgSize / 10}::int = 0, 1, 1
    from generate_series(1, ${orgSize}::int) as n`.execute(db);
  await sql`vacuum analyze badge_group`.execute(db);
}

async function findCursor(db: Db, offset: number): Promise<string> {
  const place = await db
    .selectFrom('badge_group')
    .select(['rank', 'id'])
    .where('org_id', '=', orgId)
    .orderBy('rank', 'desc')
    .orderBy('id')
    .offset(offset)
    .limit(1)
    .executeTakeFirstOrThrow();
  return encodeCursor(place, orgId, 'DESC');
}

async function pageByOffset(db: Db): Promise<void> {
  await db
    .selectFrom('badge_group')
    .select(['id', 'name', 'rank'])
    .where('org_id', '=', orgId)
    .orderBy(sql`(-rank::bigint)`)
    .orderBy('id')
    .offset(orgSize / 2)
    .limit(100)
    .execute();
}
