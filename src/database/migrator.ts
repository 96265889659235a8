import { promises as fs, readdirSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { FileMigrationProvider, type MigrationResultSet, Migrator } from 'kysely/migration';
import type { Db } from './database.ts';
import { DatabaseProblem } from './problems.ts';

const migrationFolder = path.join(import.meta.dirname, '../../migrations');

/** The names of this release's migrations, oldest first. */
export function readMigrationNames(): string[] {
  const files = readdirSync(migrationFolder).filter((file) => file.endsWith('.ts'));
  return files.map((file) => path.basename(file, '.ts')).toSorted();
}

/** Runs what is pending and returns its names. Throws what a migration threw; that one leaves no trace. */
export async function migrateToLatest(db: Db): Promise<string[]> {
  return getNames(await (await createMigrator(db)).migrateToLatest());
}

/** Undoes the newest migration and returns its name. */
export async function migrateDown(db: Db): Promise<string | undefined> {
  return getNames(await (await createMigrator(db)).migrateDown())[0];
}

/**
 * Kysely's migrator over the files in `migrations`; it holds a lock, so two may start at once. Its own tables stand
 * beside ours. Throws DatabaseProblem when a newer release has migrated the database.
 */
export async function createMigrator(db: Db): Promise<Migrator> {
  const { schema } = await findPlace(db);
  const { unknown } = await findMigrations(db);
  if (unknown.length > 0) {
    throw new DatabaseProblem(
      `that a newer release has migrated (this one does not know ${unknown.join(', ')}): use that release.`,
    );
  }
  const provider = new FileMigrationProvider({ fs, path, migrationFolder });
  return new Migrator({ db, provider, migrationTableSchema: schema });
}

/**
 * The database, and the schema of our tables: where the search_path finds them, or where it makes new ones.
 * Throws DatabaseProblem when it names none.
 */
export async function findPlace(db: Db): Promise<{ database: string; schema: string }> {
  const { rows } = await sql<{ database: string; schema: string | null; path: string }>`
    select current_database() as database, current_setting('search_path') as path,
           coalesce((select nspname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
                     where pg_class.oid = to_regclass('kysely_migration')), current_schema()) as schema`.execute(
    db,
  );
  const { database = '', schema = null, path = '' } = rows[0] ?? {};
  if (schema !== null) return { database, schema };
  throw new DatabaseProblem(
    `with no schema that the role may use in its search_path (${path}): create one of these for it.`,
  );
}

/** What has been done, by whatever release, in the order of the names; and what is left for this one. */
export async function findMigrations(db: Db) {
  const known = readMigrationNames();
  const done = await findDoneMigrations(db);
  return {
    done,
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
  };
}

async function findDoneMigrations(db: Db): Promise<string[]> {
  const { rows: tables } =
    await sql`select from pg_class where oid = to_regclass('kysely_migration')`.execute(db);
  if (tables.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

function getNames({ error, results = [] }: MigrationResultSet): string[] {
  if (error) throw error;
  return results.map(({ migrationName }) => migrationName);
}
