import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeBadgeGroup, insertBadgeGroup } from '../../src/badge-group/writes.ts';
import { distributions } from '../../src/database/distribution.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import {
  connectPatiently,
  createPostgresDatabase,
  openSharedDatabase,
  openTestDatabase,
} from '../support/databases.ts';
import { interceptStatements } from '../support/intercepted-statements.ts';
import { analyse, type TreeNode } from '../support/node-tree.ts';
import { root } from '../support/process.ts';
import { findSentStatements, type SentStatement } from '../support/sent-statements.ts';

interface Routine {
  readonly name: string;
  /** immutable, stable or volatile. */
  readonly volatility: 'i' | 's' | 'v';
}

const [select, update, insert] = [1, 2, 3];
/** What requests may call: PostgreSQL, Citus, YugabyteDB and CockroachDB document all of these. */
const functions = 'bool_and concat_ws count extract floor lpad now to_hex to_json to_timestamp unnest'.split(
  ' ',
);

let client: Client;
let statements: SentStatement[];
let routines: Map<number, Routine>;
/** Of each table that is spread by it, the number of the column `org_id`. */
let orgColumns: Map<number, number>;

beforeAll(async () => {
  const { db, url } = await openSharedDatabase('a Postgres server');
  statements = await findSentStatements(db);
  client = new Client({ connectionString: url as string });
  await client.connect();
  const procedures = await client.query(
    'select oid, proname as name, provolatile as volatility from pg_proc',
  );
  routines = new Map(procedures.rows.map(({ oid, ...routine }) => [oid, routine]));
  const columns = await client.query(
    `select attrelid::oid as relation, attnum from pg_attribute
     where attname = 'org_id' and attrelid = any ($1::regclass[])`,
    [distributions.filter(({ by }) => by === 'org_id').map(({ table }) => table)],
  );
  orgColumns = new Map(columns.rows.map(({ relation, attnum }) => [relation, attnum]));
});
afterAll(() => client?.end());

describe('every statement that is sent', () => {
  test('is looked at here: each title in the sources, and those of clients', () => {
    const sources = globSync('src/**/*.ts', { cwd: root }).map((file) =>
      readFileSync(join(root, file), 'utf8'),
    );
    const titles = sources.flatMap((source) =>
      [...source.matchAll(/\bprepare(?:<.*?>)?\(\s*'(\w+)'/gs)].map(([, title]) => title),
    );
    expect(titles.length).toBeGreaterThan(5);
    expect(new Set(statements.map(({ title }) => title))).toEqual(new Set([...titles, undefined]));
  });

  test('asks each table that is spread over machines for one org alone, which a parameter names', async () => {
    expect(await findAll(findUnlimited)).toEqual([]);
  });

  test('writes no column from a function that is not immutable and reads one, and returns none', async () => {
    expect(await findAll(findMutableWrites)).toEqual([]);
  });

  test('changes each table once at most, and names what may conflict by its columns', async () => {
    expect(await findAll(findRepeatedWrites)).toEqual([]);
    expect(await findAll(findNamedConstraints)).toEqual([]);
  });

  test('calls only what all these engines document', async () => {
    const called = await findAll((trees) => trees.map(readCall).filter((name) => name !== undefined));
    expect([...new Set(called)].toSorted()).toEqual(functions);
  });

  test.each<[(nodes: TreeNode[]) => string[], string[]]>([
    [
      findUnlimited,
      [
        'select from badge_group where id = $1',
        'select from badge_group where org_id = 1',
        'select from badge_group join badge_group_version using (org_id) where badge_group.org_id = $1',
        'with a as (select 1 from badge_group where org_id = $1) select from a, badge_group where id = $2',
      ],
    ],
    [
      findMutableWrites,
      [
        `update badge_group set updated_at = updated_at + interval '1 s' where org_id = $1`,
        'update badge_group set rank = 1 where org_id = $1 and extract(epoch from updated_at) = $2',
        'update badge_group set updated_at = coalesce($2, now()) where org_id = $1',
        'update badge_group set rank = $2 where org_id = $1 returning to_json(name)',
        'update badge_group set rank = random() where org_id = $1',
      ],
    ],
    [
      findRepeatedWrites,
      [
        'with a as (update badge_group set rank = 1 where org_id = $1) delete from badge_group where org_id = $1',
      ],
    ],
    [
      findNamedConstraints,
      ['insert into badge_group (org_id) values ($1) on conflict on constraint badge_group_pkey do nothing'],
    ],
  ])('would be found otherwise: %o', async (find, wrong) => {
    for (const sql of wrong) {
      expect(find((await analyse(client, sql)).flatMap((tree) => tree.walk())), sql).not.toEqual([]);
    }
  });
});

describe('every table', () => {
  test('has its place, by the org or a copy on each machine; those of the migrator stay where they are', async () => {
    const { rows } = await client.query(
      `select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
         and relname not like 'kysely%' order by 1`,
    );
    expect(rows.map(({ relname }) => relname)).toEqual(distributions.map(({ table }) => table).toSorted());
  });

  test('that is spread has unique keys that begin with the org', async () => {
    const { rows } = await client.query(
      `select indexrelid::regclass::text as index, indkey[0] = any ($2) as begins from pg_index
       where indrelid = any ($1::oid[]) and indisunique`,
      [[...orgColumns.keys()], [...orgColumns.values()]],
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.filter(({ begins }) => !begins)).toEqual([]);
  });

  test('has no foreign key, no exclusion, no trigger, no sequence and no identity', async () => {
    const { rows } = await client.query(
      `select conname as found from pg_constraint where contype in ('f', 'x', 't')
       union all select tgname from pg_trigger
       union all select relname from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace
       union all select attname from pg_attribute where attidentity <> '' or attgenerated <> ''`,
    );
    expect(rows).toEqual([]);
  });
});

test('a name is found taken by the constraint of a shard, too, which has a number at its end', async () => {
  const { db, close } = await openTestDatabase('a Postgres server');
  await sql`
    alter table badge_group
    rename constraint badge_group_org_id_name_key to badge_group_org_id_name_key_102008`.execute(db);
  const caller = { orgId: 1, userId: 1, canWrite: true };
  await insertBadgeGroup(db, caller, { name: 'Gold', rank: 1 });
  const silver = await insertBadgeGroup(db, caller, { name: 'Silver', rank: 1 });
  const change = { name: 'Gold', rank: undefined, isActive: undefined, ifLastUpdatedOn: undefined };
  expect(await insertBadgeGroup(db, caller, { name: 'Gold', rank: 2 })).toBeUndefined();
  expect(await changeBadgeGroup(db, caller, silver?.id as string, change)).toEqual({ is: 'name taken' });
  await close();
});

test('a database is migrated from nothing without what YugabyteDB does not take', async () => {
  await using database = await createPostgresDatabase({ migrated: false });
  const db = connectPatiently(database.url, { poolSize: 3 });
  const sent: string[] = [];
  await migrateToLatest(interceptStatements(db, ({ sql }) => void sent.push(sql)));
  expect(sent.filter((sql) => /create index concurrently/.test(sql))).toHaveLength(1);
  expect(sent.filter((sql) => /drop index concurrently/.test(sql))).toEqual([]);
  await db.destroy();
});

/** What is wrong, of all statements. */
async function findAll(find: (nodes: TreeNode[]) => string[]): Promise<string[]> {
  const found: string[] = [];
  for (const { sql } of statements) {
    const trees = await analyse(client, sql);
    found.push(...find(trees.flatMap((tree) => tree.walk())));
  }
  return found;
}

function findUnlimited(nodes: TreeNode[]): string[] {
  return findQueries(nodes).flatMap((query) =>
    query.get('rtable').flatMap((entry, index) => {
      const column = orgColumns.get(entry.number('relid'));
      if (column === undefined || isLimited(query, index + 1, column)) return [];
      return [`${entry.number('relid')} in ${query.number('commandType')}`];
    }),
  );
}

/** Whether the rows of one table of a query are those of one org: by a condition or, where they are new, by what they are. */
function isLimited(query: TreeNode, table: number, column: number): boolean {
  if (query.number('commandType') === insert && query.number('resultRelation') === table) {
    const target = query.get('targetList').find((entry) => entry.number('resno') === column);
    return target?.get('expr').some(({ type }) => type === 'PARAM' || type === 'VAR') ?? false;
  }
  const conditions = query.get('jointree').flatMap((tree) => tree.walk());
  return conditions.some((condition) => {
    if (condition.type !== 'OPEXPR' || readRoutine(condition)?.name !== 'int4eq') return false;
    const args = condition.get('args');
    const isColumn = (node: TreeNode) =>
      node.type === 'VAR' && node.number('varno') === table && node.number('varattno') === column;
    return args.some(isColumn) && args.some(({ type }) => type === 'PARAM');
  });
}

/** As Citus checks changes; https://docs.citusdata.com/en/stable/develop/reference_workarounds.html#limitations */
function findMutableWrites(nodes: TreeNode[]): string[] {
  return findQueries(nodes)
    .filter((query) => query.number('commandType') !== select)
    .flatMap((query) => {
      const written = ['targetList', 'jointree']
        .flatMap((part) => query.get(part))
        .flatMap((node) => node.walk());
      const isUpdate = query.number('commandType') === update;
      const reads = (node: TreeNode) =>
        ['COALESCEEXPR', 'CASEEXPR'].includes(node.type) ||
        node.walk().some(({ type }) => type === 'VAR') ||
        readRoutine(node)?.volatility === 'v';
      const inChoice = written.filter(({ type }) => ['COALESCEEXPR', 'CASEEXPR'].includes(type));
      const suspects = [
        ...(isUpdate ? written.filter(reads) : []),
        ...(isUpdate ? inChoice.flatMap((node) => node.walk()) : []),
        ...query.get('returningList').flatMap((node) => node.walk()),
      ];
      return suspects.filter(isMutable).map((node) => readRoutine(node)?.name ?? node.type);
    });
}

function findRepeatedWrites(nodes: TreeNode[]): string[] {
  const written = findQueries(nodes)
    .filter((query) => query.number('resultRelation') > 0)
    .map((query) => query.get('rtable')[query.number('resultRelation') - 1]?.number('relid'));
  return written.filter((table, index) => written.indexOf(table) !== index).map(String);
}

function findNamedConstraints(nodes: TreeNode[]): string[] {
  return nodes
    .filter(({ type }) => type === 'ONCONFLICTEXPR')
    .map((node) => node.number('constraint'))
    .filter(Boolean)
    .map(String);
}

function findQueries(nodes: TreeNode[]): TreeNode[] {
  return nodes.filter(({ type }) => type === 'QUERY');
}

function isMutable(node: TreeNode): boolean {
  return node.type === 'SQLVALUEFUNCTION' || ['s', 'v'].includes(readRoutine(node)?.volatility ?? 'i');
}

function readRoutine(node: TreeNode): Routine | undefined {
  for (const field of ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid']) {
    if (node.fields.has(field)) return routines.get(node.number(field));
  }
  return undefined;
}

/** The name of a function that is called as such, and is no cast and no operator. */
function readCall(node: TreeNode): string | undefined {
  const isCast = node.type === 'FUNCEXPR' && [1, 2].includes(node.number('funcformat'));
  return isCast || node.type === 'OPEXPR' || node.type === 'SCALARARRAYOPEXPR'
    ? undefined
    : readRoutine(node)?.name;
}
