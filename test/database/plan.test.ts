import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findActiveApiClient } from '../../src/auth/api-client.repository.ts';
import { listBadgeGroups } from '../../src/badge-group/lists.ts';
import { changeRanks } from '../../src/badge-group/reorder.ts';
import { findBadgeGroupByName, findBadgeGroupsByIds } from '../../src/badge-group/repository.ts';
import { countVersions, listVersions } from '../../src/badge-group/versions.ts';
import type { Db } from '../../src/database/database.ts';
import { connectPatiently, createPostgresDatabase } from '../support/databases.ts';
import { type Query, recordQueries } from '../support/recorded-queries.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Scan Direction'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows': number;
  readonly Plans?: readonly PlanNode[];
}

const orgId = 1;
const deep = { rank: 500, id: '8'.padStart(24, '0') };

describe('with 100,000 groups in one org and 10,000 in others, Postgres', () => {
  let db: Db;
  let queries: Query[];
  let close: () => Promise<void>;
  beforeAll(async () => {
    const { url, drop } = await createPostgresDatabase();
    const connection = connectPatiently(url);
    close = async () => {
      await connection.destroy();
      await drop();
    };
    await sql`
      insert into badge_group (org_id, id, name, rank, is_active, created_by, updated_by)
      select case when n <= 100000 then ${orgId}::int else 2 + n % 10 end,
             lpad(to_hex(n), 24, '0'), 'Group ' || n, n * 7919 % 1000, n % 1000 > 0, 1, 1
      from generate_series(1, 110000) n`.execute(connection);
    await sql`
      insert into badge_group_version (org_id, id, changed_at, changed_by, name, rank, is_active)
      select org_id, id, updated_at - change * interval '1 second', 1, name, rank, is_active
      from badge_group, generate_series(0, 2) change`.execute(connection);
    await sql`analyze badge_group, badge_group_version`.execute(connection);
    ({ db, queries } = recordQueries(connection));
  });
  afterAll(() => close?.());

  test.each([
    ['DESC', 'Forward', false],
    ['ASC', 'Backward', true],
  ] as const)(
    'lists in the order %s by reading the one index, without a sort',
    async (_order, direction, backwards) => {
      const groups = await listBadgeGroups(db, orgId, { isActive: undefined }, { limit: 1_000, backwards });
      expect(groups).toHaveLength(1_000);
      expect(await explain(db, queries.at(-1))).toMatchObject([
        { 'Node Type': 'Limit' },
        {
          'Node Type': 'Index Scan',
          'Index Name': 'badge_group_org_id_rank_id_idx',
          'Scan Direction': direction,
          'Actual Rows': 1_000,
        },
      ]);
    },
  );

  test.each([
    ['forward', { after: deep }, false],
    ['backward', { before: deep }, true],
  ])(
    'reads a page deep in the list, %s, without reading what lies before it',
    async (_title, place, backwards) => {
      await listBadgeGroups(db, orgId, { isActive: undefined, ...place }, { limit: 100, backwards });
      const plan = await explain(db, queries.at(-1));
      expect(plan).toMatchObject([
        { 'Node Type': 'Limit' },
        { 'Node Type': 'Index Scan', 'Index Name': 'badge_group_org_id_rank_id_idx', 'Actual Rows': 100 },
      ]);
      expect(plan[1]?.['Index Cond']).toContain('ROW(');
      expect(plan[1]).not.toHaveProperty('Rows Removed by Filter');
    },
  );

  test.each([
    ['first', {}],
    ['deep', { after: deep }],
  ])('finds the %s rare groups of one isActive from an index of their own', async (_title, place) => {
    await listBadgeGroups(db, orgId, { isActive: false, ...place }, { limit: 100, backwards: false });
    const plan = await explain(db, queries.at(-1));
    expect(plan).toMatchObject([
      { 'Node Type': 'Limit' },
      { 'Node Type': 'Index Scan', 'Index Name': 'badge_group_org_id_is_active_rank_id_idx' },
    ]);
    expect(plan[1]).not.toHaveProperty('Rows Removed by Filter');
  });

  test.each([
    ['first', {}],
    ['deep', { after: deep }],
  ])('looks for the %s names that have a part within their org alone', async (_title, place) => {
    const stretch = { nameContains: 'GROUP 10000', ...place };
    await listBadgeGroups(db, 2, stretch, { limit: 100, backwards: false });
    const scan = (await explain(db, queries.at(-1))).at(-1);
    expect(scan?.['Node Type']).toMatch(/^(Index|Bitmap Index) Scan$/);
    expect(scan?.['Index Cond']).toContain('org_id = 2');
  });

  test('finds a name by the unique constraint', async () => {
    expect(await findBadgeGroupByName(db, orgId, 'Group 77')).toMatchObject({ name: 'Group 77' });
    expect(await explain(db, queries.at(-1))).toMatchObject([
      { 'Node Type': 'Index Scan', 'Index Name': 'badge_group_org_id_name_key', 'Actual Rows': 1 },
    ]);
  });

  test.each([1, 100])('finds %i ids by the primary key', async (count) => {
    const ids = Array.from({ length: count }, (_, index) => (index + 1).toString(16).padStart(24, '0'));
    expect(await findBadgeGroupsByIds(db, orgId, ids)).toHaveLength(count);
    const plan = await explain(db, queries.at(-1));
    expect(plan.map((node) => node['Index Name']).filter(Boolean)).toEqual(['badge_group_pkey']);
    expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(plan[0]).toMatchObject({ 'Actual Rows': count });
  });

  test.each([
    ['newest', true, 1],
    ['oldest', false, 1],
    ['newest', true, 1_000],
  ])(
    'reads the %s versions of groups by the primary key, and no others',
    async (_title, newestFirst, count) => {
      const groups = await listBadgeGroups(
        db,
        orgId,
        { isActive: undefined },
        { limit: count, backwards: false },
      );
      const stretches = groups.map(({ id, lastUpdatedOn: olderThan }) => {
        return { id, olderThan, newerThan: -Infinity, limit: 1 };
      });
      expect((await listVersions(db, orgId, stretches, { newestFirst })).flat()).toHaveLength(count);
      const plan = await explain(db, queries.at(-1));
      expect(plan.find((node) => node['Index Name'])).toMatchObject({
        'Index Name': 'badge_group_version_pkey',
        'Scan Direction': newestFirst ? 'Backward' : 'Forward',
        'Actual Rows': 1,
      });
      expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    },
  );

  test('counts the versions of groups by the primary key', async () => {
    const groups = await listBadgeGroups(
      db,
      orgId,
      { isActive: undefined },
      { limit: 1_000, backwards: false },
    );
    expect(await countVersions(db, orgId, groups)).toEqual(groups.map(() => 3));
    const plan = await explain(db, queries.at(-1));
    expect(plan.find((node) => node['Index Name'])).toMatchObject({
      'Index Name': 'badge_group_version_pkey',
    });
    expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  });

  test.each([20, 1_000])('reorders %i groups by the primary key', async (count) => {
    const ids = Array.from({ length: count }, (_, index) => (5 * index + 1).toString(16).padStart(24, '0'));
    const wanted = ids.map((id, index) => ({ id, rank: -index, ifLastUpdatedOn: undefined }));
    const caller = { orgId, userId: 1, canWrite: true };
    expect((await changeRanks(db, caller, wanted)).map(({ is }) => is)).toEqual(ids.map(() => 'fine'));
    const plan = await explain(db, queries.at(-1));
    expect(plan.map((node) => node['Index Name']).filter(Boolean)).toContain('badge_group_pkey');
    expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  });

  test('finds a client by the primary key', async () => {
    await sql`
      insert into api_client (name, org_id, user_id, can_write, secret_hash)
      select 'client-' || n, 1, 1, true, repeat('0', 64) from generate_series(1, 1000) n`.execute(db);
    await sql`analyze api_client`.execute(db);
    expect(await findActiveApiClient(db, 'client-77')).toMatchObject({ orgId: 1 });
    expect(await explain(db, queries.at(-1))).toMatchObject([
      { 'Node Type': 'Index Scan', 'Index Name': 'api_client_pkey' },
    ]);
  });
});

/** The nodes of the plan by which Postgres runs the statement, outermost first. */
async function explain(db: Db, query: Query | undefined): Promise<PlanNode[]> {
  if (query === undefined) throw new Error('No statement was sent.');
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    CompiledQuery.raw(`explain (analyze, format json) ${query.sql}`, [...query.parameters]),
  );
  const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
  return rows.flatMap((row) => flatten(row['QUERY PLAN'][0].Plan));
}
