import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';

/** The two tables of Kysely's migrator: which migrations are done, and a row to lock. The releases before used it. */
const lockId = 'migration_lock';

/** Made by another process in the same moment: the row of the catalogue, its type, or the table. */
const alreadyThere = new Set(['23505', '42710', '42P07']);

/** Makes the tables, and the row, where they are not there; any number of processes may do so at once. */
export async function prepareTables(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ isThere: boolean }>`
    select to_regclass('kysely_migration') is not null
       and to_regclass('kysely_migration_lock') is not null as "isThere"`.execute(db);
  try {
    if (!rows[0]?.isThere) await createTables(db);
    await sql`
      insert into kysely_migration_lock (id, is_locked) values (${lockId}, 0) on conflict do nothing`.execute(
      db,
    );
  } catch (error) {
    if (!alreadyThere.has((error as { code?: string }).code ?? '')) throw error;
    await prepareTables(db);
  }
}

async function createTables(db: Kysely<Database>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      create table if not exists kysely_migration (
        name varchar(255) primary key, timestamp varchar(255) not null)`.execute(trx);
    await sql`
      create table if not exists kysely_migration_lock (
        id varchar(255) primary key, is_locked integer not null default 0)`.execute(trx);
  });
}

/**
 * The lock of whoever migrates, until the end of the transaction: the pid of its session, or undefined when another
 * one has it. It does not wait, because whoever waits in a statement keeps up what waits for old statements, as the
 * building of an index does.
 */
export async function takeLock(trx: Kysely<Database>): Promise<number | undefined> {
  const { rows } = await sql<{ pid: number }>`
    select pg_backend_pid() as pid from kysely_migration_lock where id = ${lockId} for update skip locked`.execute(
    trx,
  );
  return rows[0]?.pid;
}

/** The names of all that is done, by whatever release. */
export async function findDoneMigrations(db: Kysely<Database>): Promise<string[]> {
  const { rows: tables } =
    await sql`select from pg_class where oid = to_regclass('kysely_migration')`.execute(db);
  if (tables.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name).toSorted();
}

/** Kysely orders them by the instant. */
export async function recordDone(trx: Kysely<Database>, name: string): Promise<void> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(trx);
  const instant = rows[0]?.now.toISOString();
  await sql`insert into kysely_migration (name, timestamp) values (${name}, ${instant})`.execute(trx);
}

export async function recordUndone(trx: Kysely<Database>, name: string): Promise<void> {
  await sql`delete from kysely_migration where name = ${name}`.execute(trx);
}
