import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BadgeGroup } from '../../src/badge-group/badge-group.ts';
import { countBadgeGroups, listBadgeGroups, type Stretch } from '../../src/badge-group/lists.ts';
import { findBadgeGroupByName, findBadgeGroupsByIds } from '../../src/badge-group/repository.ts';
import { changeBadgeGroup, insertBadgeGroup } from '../../src/badge-group/writes.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Db } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { openPostgres, type Postgres, type PostgresOptions } from '../../src/database/postgres.ts';
import { prepare } from '../../src/database/statement.ts';
import {
  createPostgresDatabase,
  databaseKinds,
  openSharedDatabase,
  type TestDatabase,
} from '../support/databases.ts';
import { openRelay } from '../support/relay.ts';

const caller = { orgId: 7, userId: 8, canWrite: true };
const silent = pino({ level: 'silent' });

describe.each(databaseKinds)('A prepared statement on %s', (kind) => {
  let db: Db;
  beforeAll(async () => {
    ({ db } = await openSharedDatabase(kind));
  });

  test('has its values by their names, in whatever order and however often they stand in its text', async () => {
    const statement = prepare<{ one: string; two: string; absent?: string | undefined }>(
      'any',
      (builder, param) =>
        builder.selectNoFrom([
          sql`${param('two')}::text`.as('a'),
          sql`${'fixed'}::text`.as('b'),
          sql`${param('one')}::text`.as('c'),
          sql`${param('two')}::text`.as('d'),
          sql`coalesce(${param('absent')}::text, 'nothing')`.as('e'),
        ]),
    );
    expect(statement.bind({ one: '1', two: '2' })).toEqual(['2', 'fixed', '1', '2', undefined]);
    const first = await db.run(statement, { one: '1', two: '2' });
    const then = await db.run(statement, { two: '4', absent: '5', one: '3' });
    expect([...first, ...then]).toEqual([
      ['2', 'fixed', '1', '2', 'nothing'],
      ['4', 'fixed', '3', '4', '5'],
    ]);
  });
});

describe('Both databases', () => {
  test('give the same text for each column of a row', async () => {
    const names = ['\ufeffGold', '"\\/<\u2028', '💥é', ' a ', 'null', '1'];
    const rows = await Promise.all(
      databaseKinds.map(async (kind) => {
        const { db } = await openSharedDatabase(kind);
        for (const [index, name] of names.entries()) {
          await sql`
            insert into badge_group
              (org_id, id, name, rank, is_active, created_by, created_at, updated_by, updated_at)
            values (7, ${String(index).padStart(24, '0')}, ${name}, ${-index}, ${index % 2 === 0}, 1,
              timestamptz '1969-12-31 23:59:58.5+00', 2,
              timestamptz '2026-01-21 08:34:50.100000+00' + ${index}::int * interval '1 microsecond')`.execute(
            db,
          );
        }
        const all = await listBadgeGroups(db, 7, { isActive: undefined }, { limit: 10, backwards: false });
        return all.map(({ columns }) => [...columns]);
      }),
    );
    expect(rows[0]).toEqual(rows[1]);
    expect(rows[0]?.map(([, name]) => name)).toEqual(names);
    expect(rows[0]?.[1]).toEqual([
      '000000000000000000000001',
      '"\\/<\u2028',
      '-1',
      '1',
      '-1.500000',
      '2',
      '1768984490.100001',
      'f',
    ]);
  });
});

describe('On a Postgres server', () => {
  let database: TestDatabase;
  let url: string;
  beforeAll(async () => {
    database = await openSharedDatabase('a Postgres server');
    url = database.url as string;
    await sql`
      insert into badge_group (org_id, id, name, rank, is_active, created_by, updated_by)
      select 7, lpad(to_hex(n), 24, '0'), 'Group ' || n, n / 3, n % 2 = 0, 1, 1
      from generate_series(1, 12) n`.execute(database.db);
  });
  afterAll(() => database?.close());

  const after = { rank: 3, id: '9'.padStart(24, '0') };
  const before = { rank: 1, id: '4'.padStart(24, '0') };
  /** Every kind of list, once. */
  const kinds = [undefined, true].flatMap((isActive) =>
    [{}, { after }, { before }, { after, before }].flatMap((place) =>
      [false, true].flatMap((inclusive) =>
        [false, true].map((backwards) => ({ stretch: { isActive, ...place, inclusive }, backwards })),
      ),
    ),
  );

  /** Works on a pool of one connection, whose prepared statements are then read. */
  async function work(
    run: (db: Db) => Promise<unknown>,
    options: Partial<PostgresOptions> = {},
  ): Promise<{ name: string; statement: string }[]> {
    const { db } = openPostgres(url, { poolSize: 1, logger: silent, ...options });
    try {
      await run(db);
      const { rows } = await sql<{ name: string; statement: string }>`
        select name, statement from pg_prepared_statements order by name`.execute(db);
      return rows;
    } finally {
      await db.destroy();
    }
  }

  /** Everything that the repository can do. */
  async function useAll(db: Db): Promise<unknown[]> {
    const name = 'Gold';
    await sql`delete from badge_group where name = ${name}`.execute(db);
    const created = (await insertBadgeGroup(db, caller, { name, rank: 1 })) as BadgeGroup;
    const change = { name: undefined, rank: 2, isActive: null, ifLastUpdatedOn: undefined };
    return [
      (await changeBadgeGroup(db, caller, created.id, change)).is,
      (await findBadgeGroupByName(db, 7, name))?.rank,
      (await findBadgeGroupsByIds(db, 7, [created.id])).map((group) => group?.name),
      await countBadgeGroups(db, 7, {}),
      await countBadgeGroups(db, 7, { isActive: true }),
      await countBadgeGroups(db, 7, { nameContains: 'gOLD' }),
      (await listBadgeGroups(db, 7, { isActive: undefined }, { limit: 3, backwards: true })).map(
        ({ name }) => name,
      ),
    ];
  }

  test('each statement is prepared once, under a name that goes by its text', async () => {
    const statements = await work(async (db) => {
      await useAll(db);
      await useAll(db);
    });
    expect(statements).toHaveLength(8);
    expect(new Set(statements.map(({ statement }) => statement)).size).toBe(8);
    for (const { name } of statements) expect(name).toMatch(/^[a-z_]+_[0-9a-f]{12}$/);
    expect(await work(useAll)).toEqual(statements);
  });

  test('none is prepared where they have no names, and the answers are the same', async () => {
    const answers: unknown[] = [];
    const answer = async (db: Db) => answers.push(await useAll(db));
    expect(await work(answer)).not.toEqual([]);
    expect(await work(answer, { namesStatements: false })).toEqual([]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]).toEqual(['changed', 2, ['Gold'], 13, 7, 1, ['Group 2', 'Group 1', 'Group 5']]);
  });

  test.each([
    ['on', 1],
    ['off', 0],
  ])('DATABASE_NAMED_STATEMENTS=%s is heeded', async (DATABASE_NAMED_STATEMENTS, count) => {
    const config = readConfig({
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '1',
      DATABASE_NAMED_STATEMENTS,
    });
    const { db, close } = await openDatabase(config, silent);
    await findBadgeGroupByName(db, 7, 'Gold');
    const { rows } = await sql`select name from pg_prepared_statements where name <> ''`.execute(db);
    await close();
    expect(rows).toHaveLength(count);
  });

  test('every kind of list is a statement of its own, and finds what it says', async () => {
    const { db } = database;
    await sql`delete from badge_group where name = 'Gold'`.execute(db);
    const all = await listBadgeGroups(db, 7, { isActive: undefined }, { limit: 100, backwards: false });
    const statements = await work(async (own) => {
      for (const { stretch, backwards } of kinds) {
        const wanted = all.filter((group) => belongs(group, stretch));
        const listed = await listBadgeGroups(own, 7, stretch, { limit: 4, backwards });
        const ids = (backwards ? wanted.reverse() : wanted).slice(0, 4).map(({ id }) => id);
        expect(listed.map(({ id }) => id)).toEqual(ids);
      }
    });
    // Without a place it is all the same whether groups at it belong to it.
    expect(statements).toHaveLength(kinds.length - 4);
  });

  test('a statement is prepared again on the next connection when its own is lost', async () => {
    const relay = await openRelay(url);
    const { db, countConnections }: Postgres = openPostgres(relay.url, { poolSize: 1, logger: silent });
    const list = () => listBadgeGroups(db, 7, { isActive: true }, { limit: 2, backwards: false });
    const listed = await list();
    await relay.cut();
    await expect.poll(() => countConnections()).toMatchObject({ used: 0, idle: 0 });
    await relay.mend();
    expect(await list()).toEqual(listed);
    const { rows } = await sql`select name from pg_prepared_statements`.execute(db);
    expect(rows).toHaveLength(1);
    await db.destroy();
    await relay.cut();
  });

  test('one that the server refuses is prepared all the same, for other values', async () => {
    const divide = prepare<{ by: number }>('divide', (builder, param) =>
      builder.selectNoFrom(sql`1 / ${param('by')}::int`.as('quotient')),
    );
    const statements = await work(async (db) => {
      await expect(db.run(divide, { by: 0 })).rejects.toMatchObject({ code: '22012' });
      expect(await db.run(divide, { by: 1 })).toEqual([['1']]);
    });
    expect(statements.map(({ name }) => name)).toEqual([divide.name]);
  });

  test('one that is undone half-way, and run again, gives each row once', async () => {
    await using own = await createPostgresDatabase();
    const { db } = openPostgres(own.url, { poolSize: 1, logger: silent });
    await sql`create sequence attempts`.execute(db);
    await sql`
      create function fail_once(n int) returns int language plpgsql as $$
        begin
          if n = 900 and nextval('attempts') = 1 then raise exception using errcode = 'serialization_failure'; end if;
          return n;
        end $$`.execute(db);
    const count = prepare('count', (builder) =>
      builder
        .selectFrom(sql<{ n: number }>`generate_series(1, 1000)`.as('s'))
        .select(sql`fail_once(s)`.as('n')),
    );
    const rows = await db.run(count, {});
    expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    await db.destroy();
  });
});

/** By the order of the list: rank from high to low, ties by id. */
function belongs(group: BadgeGroup, { isActive, after, before, inclusive }: Stretch): boolean {
  const compare = (place: { rank: number; id: string }) =>
    place.rank - group.rank || (group.id < place.id ? -1 : Number(group.id > place.id));
  const fits = (difference: number) => difference > 0 || (inclusive === true && difference === 0);
  if (isActive !== undefined && group.isActive !== isActive) return false;
  return (!after || fits(compare(after))) && (!before || fits(-compare(before)));
}
