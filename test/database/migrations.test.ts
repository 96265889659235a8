import fc from 'fast-check';
import { type Insertable, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBadgeGroup } from '../../src/badge-group/rules.ts';
import type { Db } from '../../src/database/database.ts';
import { findMigrations } from '../../src/database/migrations.ts';
import { migrateDown, migrateToLatest } from '../../src/database/migrator.ts';
import { createProblemFinder, findServerProblem } from '../../src/database/readiness.ts';
import type { Database } from '../../src/database/tables.ts';
import {
  connectPatiently,
  createPostgresDatabase,
  databaseKinds,
  openTestDatabase,
} from '../support/databases.ts';
import { withPlugin } from '../support/intercepted-statements.ts';

const migrationNames = [
  '20261123000000-create-badge-group',
  '20261123000100-create-api-client',
  '20261123000200-index-active-badge-groups',
  '20261126000000-create-badge-group-version',
];

describe.each(databaseKinds)('the schema of %s', (kind) => {
  let db: Db;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ db, close } = await openTestDatabase(kind));
  });
  afterAll(() => close?.());

  test('goes down to nothing and up again to the same', async () => {
    const before = await describeTables(db);
    expect(before.map(({ name }) => name)).toContain('badge_group_pkey');
    expect(await findMigrations(db)).toEqual({ done: migrationNames, pending: [], unknown: [] });

    for (const name of migrationNames.toReversed()) expect(await migrateDown(db)).toBe(name);
    expect(await migrateDown(db)).toBeUndefined();
    expect(await describeTables(db)).toEqual([]);
    expect(await findMigrations(db)).toEqual({ done: [], pending: migrationNames, unknown: [] });
    expect(await createProblemFinder(db)()).toBe('that lacks 4 migration(s): run "npm run migrate".');

    expect(await migrateToLatest(db)).toEqual(migrationNames);
    expect(await describeTables(db)).toEqual(before);
    expect(await createProblemFinder(db)()).toBeUndefined();
    expect(await migrateToLatest(db)).toEqual([]);
  });

  test('names its keys, checks and index', async () => {
    const names = (await describeTables(db)).map(({ name }) => name);
    expect(names.filter((name) => !name.endsWith('_not_null')).toSorted()).toEqual([
      'api_client_name_check',
      'api_client_pkey',
      'api_client_secret_hash_check',
      'badge_group_id_check',
      'badge_group_name_blank_check',
      'badge_group_name_control_check',
      'badge_group_name_length_check',
      'badge_group_org_id_is_active_rank_id_idx',
      'badge_group_org_id_name_key',
      'badge_group_org_id_rank_id_idx',
      'badge_group_pkey',
      'badge_group_updated_at_check',
      'badge_group_version_pkey',
    ]);
  });

  test('begins every key and index of groups and their versions with the org', async () => {
    const { rows } = await sql<{ name: string; first: string }>`
      select indexrelid::regclass::text as name, attname as first
      from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
      where indrelid in ('badge_group'::regclass, 'badge_group_version'::regclass) order by 1`.execute(db);
    expect(rows).toEqual([
      { name: 'badge_group_org_id_is_active_rank_id_idx', first: 'org_id' },
      { name: 'badge_group_org_id_name_key', first: 'org_id' },
      { name: 'badge_group_org_id_rank_id_idx', first: 'org_id' },
      { name: 'badge_group_pkey', first: 'org_id' },
      { name: 'badge_group_version_pkey', first: 'org_id' },
    ]);
  });

  test('compares ids and names byte by byte, whatever the collation of the database', async () => {
    const { rows } = await sql<{ column: string; collation: string }>`
      select attname as column, collname as collation
      from pg_attribute join pg_collation on pg_collation.oid = attcollation
      where attrelid = 'badge_group'::regclass and attnum > 0 order by 1`.execute(db);
    expect(rows).toEqual([
      { column: 'id', collation: 'C' },
      { column: 'name', collation: 'C' },
    ]);
  });

  test.each([
    ['', 'badge_group_name_blank_check'],
    ['a'.repeat(256), 'badge_group_name_length_check'],
    ['😀'.repeat(256), 'badge_group_name_length_check'],
    [' ', 'badge_group_name_blank_check'],
    ['\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff', 'badge_group_name_blank_check'],
    ['a\u0001', 'badge_group_name_control_check'],
    ['a\tb', 'badge_group_name_control_check'],
    ['a\u001f', 'badge_group_name_control_check'],
    ['a\u007f', 'badge_group_name_control_check'],
    ['\u009fa', 'badge_group_name_control_check'],
  ])('refuses the name %j', async (name, constraint) => {
    expect(await findRefusal(insertName(db, name))).toBe(constraint);
  });

  test.each([
    'a'.repeat(255),
    '😀'.repeat(255),
    ' a ',
    '\ufeffa',
    '\u200b',
    '\u00a0.',
    'e\u0301',
    '\u00ad',
    '\u202e',
  ])('takes the name %j', async (name) => {
    expect(await findRefusal(insertName(db, name))).toBeUndefined();
  });

  test.each([
    '',
    '0'.repeat(23),
    '0'.repeat(25),
    `${'0'.repeat(23)}A`,
    `${'0'.repeat(23)}g`,
    `${'0'.repeat(24)}\n`,
  ])('refuses the id %j', async (id) => {
    expect(await findRefusal(insertGroup(db, { id, name: `id ${id.length}` }))).toBe('badge_group_id_check');
  });

  test('refuses a change before the creation', async () => {
    const insert = insertGroup(db, { created_at: sql`now()`, updated_at: sql`now() - interval '1 second'` });
    expect(await findRefusal(insert)).toBe('badge_group_updated_at_check');
  });

  test('refuses what is no name or no hash of a client', async () => {
    const client = { org_id: 1, user_id: 1, can_write: true, name: 'a', secret_hash: '0'.repeat(64) };
    const insert = (values: Partial<typeof client>) =>
      findRefusal(
        db
          .insertInto('api_client')
          .values({ ...client, ...values })
          .execute(),
      );
    for (const name of ['', 'a:b', 'ä', 'a b', 'a'.repeat(65)]) {
      expect(await insert({ name })).toBe('api_client_name_check');
    }
    for (const secret_hash of ['', 'secret', 'A'.repeat(64), '0'.repeat(63)]) {
      expect(await insert({ secret_hash })).toBe('api_client_secret_hash_check');
    }
    expect(await insert({ name: 'A-z_0.9' })).toBeUndefined();
  });

  test('takes exactly the names that createBadgeGroup takes', async () => {
    const character = fc.oneof(
      fc.constantFrom(...' \t\n\u0085\u00a0\u180e\u200b\u2007\u2060\u3000\ufeff\u0001\u007f\u009f\u00ad'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((unit) => unit !== '\0'),
      fc.constantFrom('a', '😀'),
    );
    const short = fc.array(character, { maxLength: 5 }).map((characters) => characters.join(''));
    const long = fc
      .tuple(fc.constantFrom('a', '😀', '\u3000', 'é'), fc.integer({ min: 254, max: 257 }))
      .map(([unit, length]) => unit.repeat(length));
    let orgId = 1;
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: short }, long), async (name) => {
        orgId += 1;
        const caller = { orgId, userId: 1, canWrite: true };
        const code = await createBadgeGroup(db, caller, { name, rank: 1 }).then(
          () => undefined,
          (error) => error.code,
        );
        const refusal = await findRefusal(insertName(db, name, -orgId));
        if (refusal === undefined) {
          expect(code).toBeUndefined();
          seen.taken += 1;
        } else {
          expect([735, 400]).toContain(code);
          expect(refusal).toMatch(/^badge_group_name_/);
          seen.refused += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(30);
  });

  test.each(['a\0', '\0'])('has no name with a NUL: %j', async (name) => {
    await expect(insertName(db, name)).rejects.toThrow();
    await expect(
      createBadgeGroup(db, { orgId: 1, userId: 1, canWrite: true }, { name, rank: 1 }),
    ).rejects.toMatchObject({ code: 400 });
  });
});

test.each(databaseKinds)(
  'the groups that are there when histories come have their present state as the first one, on %s',
  async (kind) => {
    const { db, close } = await openTestDatabase(kind);
    try {
      expect(await migrateDown(db)).toBe('20261126000000-create-badge-group-version');
      await insertGroup(db, { updated_at: sql`now() + interval '1.000001 seconds'`, updated_by: 2 });
      await migrateToLatest(db);
      const { rows } = await sql`
        select from badge_group_version join badge_group using (org_id, id, name, rank, is_active)
        where changed_at = updated_at and changed_by = updated_by`.execute(db);
      expect(rows).toHaveLength(1);
    } finally {
      await close();
    }
  },
);

test('four processes migrate one fresh Postgres database at once, each migration once', async () => {
  await using database = await createPostgresDatabase({ migrated: false });
  const dbs = Array.from({ length: 4 }, () => connectPatiently(database.url, { poolSize: 2 }));
  const [db] = dbs as [Db];
  expect(await createProblemFinder(db)()).toBe('that lacks 4 migration(s): run "npm run migrate".');
  const results = await Promise.all(dbs.map((each) => migrateToLatest(each)));
  expect(results.flat().toSorted()).toEqual(migrationNames);
  expect(await createProblemFinder(db)()).toBeUndefined();
  await Promise.all(dbs.map((each) => each.destroy()));
});

test('a server that is away and a database that is missing are named as the problem', async () => {
  const away = connectPatiently('postgres://postgres@127.0.0.1:1/postgres');
  expect(await findServerProblem(away)).toBe(
    'that does not answer (connect ECONNREFUSED 127.0.0.1:1): start it, or correct the URL.',
  );
  await away.destroy();

  const { url, drop } = await createPostgresDatabase();
  await drop();
  const missing = connectPatiently(url);
  expect(await findServerProblem(missing)).toMatch(
    /^that does not exist \(database ".+" does not exist\): create it/,
  );
  await missing.destroy();
});

test.each([
  [{ version: 13, encoding: 'UTF8' }, 'of version 13: use Postgres 14 or newer.'],
  [{ version: 14, encoding: 'LATIN1' }, 'whose encoding is LATIN1: create it with encoding UTF8.'],
])('a server that says it is %j is named as the problem', async (server, problem) => {
  const { db, close } = await openTestDatabase('a Postgres server');
  const saying = withPlugin(db, {
    transformQuery: ({ node }) => node,
    transformResult: async () => ({ rows: [server] }),
  });
  expect(await findServerProblem(saying)).toBe(problem);
  await close();
});

const ourTables = sql`(
  select oid from pg_class where relname in ('badge_group', 'badge_group_version', 'api_client'))`;

/** Every constraint and index of our tables, by name. */
async function describeTables(db: Db): Promise<{ name: string; definition: string }[]> {
  const { rows } = await sql<{ name: string; definition: string }>`
    select conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where conrelid in ${ourTables}
    union
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    from pg_index where indrelid in ${ourTables} and indexrelid not in (select conindid from pg_constraint)
    order by 1`.execute(db);
  return rows;
}

function insertName(db: Db, name: string, orgId = -1): Promise<unknown> {
  return insertGroup(db, { org_id: orgId, name });
}

let lastId = 0;

function insertGroup(db: Db, values: Partial<Insertable<Database['badge_group']>>): Promise<unknown> {
  lastId += 1;
  const id = lastId.toString(16).padStart(24, '0');
  const group = { org_id: -1, id, name: `name ${lastId}`, rank: 1, created_by: 1, updated_by: 1 };
  return db
    .insertInto('badge_group')
    .values({ ...group, ...values })
    .execute();
}

/** The constraint that refuses; undefined when none does. */
async function findRefusal(insert: Promise<unknown>): Promise<string | undefined> {
  try {
    await insert;
    return undefined;
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    if (code !== '23514') throw error;
    return constraint;
  }
}
