import { promises as fs } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { FileMigrationProvider, Migrator } from 'kysely/migration';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { prepareTables } from '../../src/database/migration-tables.ts';
import { findMigrations, migrationFolder } from '../../src/database/migrations.ts';
import { migrateDown, migrateToLatest } from '../../src/database/migrator.ts';
import {
  connectPatiently,
  createPostgresDatabase,
  openTestDatabase,
  type TestDatabase,
} from '../support/databases.ts';
import { addColour, indexColour, makeRelease } from '../support/release.ts';
import { TestService } from '../support/service.ts';

/** A service on a migrated database of its own, and the connections that migrate it further. */
async function openService() {
  const database = (await openTestDatabase('a Postgres server')) as TestDatabase & { url: string };
  const migrating = connectPatiently(database.url, { poolSize: 3 });
  const service = new TestService(database);
  return {
    ...database,
    service,
    migrating,
    caller: await service.addCaller(),
    async [Symbol.asyncDispose]() {
      await migrating.destroy();
      await service.close();
    },
  };
}

/** Somebody in the middle of a transaction, who has sent these statements. */
async function beginTransaction(url: string, ...statements: string[]) {
  const client = new Client({ connectionString: url, application_name: 'report' });
  await client.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  for (const statement of ['begin', ...statements]) await client.query(statement);
  return { pid: rows[0].pid as number, [Symbol.asyncDispose]: () => client.end() };
}

const impatient = { lock: 1_000, pause: 100, all: 0 };
const patient = { lock: 300, pause: 100, all: 60_000 };

describe('a database that a newer release has migrated', () => {
  test('is left as it is, and served; no step down is taken', async () => {
    await using held = await openService();
    await using newer = await makeRelease([addColour]);
    expect(await migrateToLatest(held.migrating, newer)).toEqual([addColour]);

    expect(await migrateToLatest(held.migrating)).toEqual([]);
    expect(await findMigrations(held.db)).toMatchObject({ pending: [], unknown: [addColour] });
    await expect(migrateDown(held.migrating)).rejects.toThrow(
      `that a newer release has migrated (this one does not know ${addColour}): use that release.`,
    );
    await held.caller.create({ name: 'Beginner', rank: 1 });
    expect(await migrateDown(held.migrating, newer)).toBe(addColour);
  });

  test('is refused where it lacks a migration all the same', async () => {
    await using held = await openService();
    await using newer = await makeRelease([addColour]);
    await using other = await makeRelease([indexColour]);
    await migrateToLatest(held.migrating, newer);
    await expect(migrateToLatest(held.migrating, other)).rejects.toThrow(
      `that a newer release has migrated (this one does not know ${addColour}) and that lacks ${indexColour}: use one that knows all.`,
    );
  });
});

test('a database that Kysely’s own migrator has begun is migrated further, and is whole to that one', async () => {
  await using database = await createPostgresDatabase({ migrated: false });
  const db = connectPatiently(database.url, { poolSize: 2 });
  const migrator = new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) });
  for (let step = 0; step < 2; step += 1) expect(await migrator.migrateUp()).not.toHaveProperty('error');
  expect(await migrateToLatest(db)).toHaveLength(2);
  expect(await migrator.migrateToLatest()).toEqual({ results: [] });
  expect(await migrator.migrateDown()).not.toHaveProperty('error');
  await db.destroy();
});

test('a migration that fails leaves no trace, those before it stay, and it may be tried again', async () => {
  await using held = await openService();
  const half = '29990101000001-half';
  await using broken = await makeRelease([addColour], {
    [half]: `export async function up(db) {
      await db.schema.createTable('half').addColumn('id', 'integer').execute();
      throw new Error('no more');
    }`,
  });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(migrateToLatest(held.migrating, broken)).rejects.toThrow('no more');
  }
  expect(await findMigrations(held.db, broken.folder)).toMatchObject({ pending: [half] });
  const { rows } = await sql`select to_regclass('half') as half`.execute(held.db);
  expect(rows).toEqual([{ half: null }]);
});

describe('a migration that needs a lock which a long transaction has', () => {
  test('lets reads and writes through, says whom it waits for, and is done when that ends', async () => {
    await using held = await openService();
    await using release = await makeRelease([addColour]);
    const said: string[] = [];
    await using report = await beginTransaction(held.url, `select 'secret' from badge_group`);
    const say = (line: string) => said.push(line);
    const migrating = migrateToLatest(held.migrating, { ...release, patience: patient, say });

    // Behind a waiting `alter table` every one of these would wait, until its time is up.
    for (let round = 0; said.length === 0 || round < 20; round += 1) {
      await held.caller.create({ name: `${round}`, rank: round });
      expect((await held.caller.list({ first: 1000 })).length).toBe(round + 1);
    }
    await report[Symbol.asyncDispose]();
    expect(await migrating).toEqual([addColour]);
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(
          `^waiting {2}${addColour}: for pid ${report.pid} \\(report, idle in transaction since .+Z, select\\) to let go of badge_group$`,
        ),
      ),
      `done     ${addColour}`,
    ]);
  });

  test('is given up after a while, in a line that says who has it', async () => {
    await using held = await openService();
    await using release = await makeRelease([addColour]);
    await using report = await beginTransaction(held.url, 'lock table badge_group in access share mode');
    await expect(migrateToLatest(held.migrating, { ...release, patience: impatient })).rejects.toMatchObject({
      name: 'DatabaseProblem',
      message: expect.stringMatching(
        new RegExp(
          `^on which ${addColour} has waited 0 s for pid ${report.pid} \\(report, .+\\) to let go of badge_group: `,
        ),
      ),
    });
    expect(await findMigrations(held.db, release.folder)).toMatchObject({ pending: [addColour] });
  });
});

describe('an index that is built concurrently', () => {
  const findIndex = async (db: Db) => {
    const { rows } = await sql<{ isValid: boolean }>`
      select indisvalid as "isValid" from pg_index join pg_class on oid = indexrelid
      where relname = 'badge_group_org_id_colour_idx'`.execute(db);
    return rows;
  };

  test('is built anew when its building was broken off, and says whom it waits for', async () => {
    await using held = await openService();
    await using release = await makeRelease([addColour, indexColour]);
    await using before = await makeRelease([addColour]);
    await migrateToLatest(held.migrating, before);

    const waiting = Promise.withResolvers<string>();
    await using writer = await beginTransaction(held.url, 'delete from badge_group');
    const broken = migrateToLatest(held.migrating, { ...release, say: waiting.resolve });
    const [said] = await Promise.all([
      waiting.promise.finally(() =>
        sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query ~ 'create index concurrently' and pid <> pg_backend_pid()`.execute(
          held.db,
        ),
      ),
      expect(broken).rejects.toThrow('terminating connection'),
    ]);
    expect(said).toMatch(
      new RegExp(
        `^waiting {2}${indexColour}: for pid ${writer.pid} \\(report, .+, delete\\) to end its transaction$`,
      ),
    );
    expect(await findIndex(held.db)).toEqual([{ isValid: false }]);
    expect(await findMigrations(held.db, release.folder)).toMatchObject({ pending: [indexColour] });

    await writer[Symbol.asyncDispose]();
    expect(await migrateToLatest(held.migrating, release)).toEqual([indexColour]);
    expect(await findIndex(held.db)).toEqual([{ isValid: true }]);
    expect(await migrateDown(held.migrating, release)).toBe(indexColour);
    expect(await findIndex(held.db)).toEqual([]);
  });
});

test('its tables are made once, by whoever of eight is first, however close the others are', async () => {
  await using database = await createPostgresDatabase({ migrated: false });
  const dbs = Array.from({ length: 8 }, () => connectPatiently(database.url));
  const [db] = dbs as [Db];
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(dbs.map((each) => prepareTables(each)));
    const { rows } = await sql`select id from kysely_migration_lock`.execute(db);
    expect(rows).toEqual([{ id: 'migration_lock' }]);
    await sql`drop table kysely_migration, kysely_migration_lock`.execute(db);
  }
  await Promise.all(dbs.map((each) => each.destroy()));
});
