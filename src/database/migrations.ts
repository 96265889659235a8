import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Kysely, sql } from 'kysely';
import type { Migration as KyselyMigration } from 'kysely/migration';
import { findDoneMigrations } from './migration-tables.ts';
import { DatabaseProblem } from './problems.ts';
import type { Database } from './tables.ts';

/** In Kysely's format, with both directions. */
export interface Migration extends Required<KyselyMigration> {
  /** `false` where Postgres takes the statements in none; then it has to bear being run over a part of itself. */
  readonly transaction?: false;
}

/** Those of this release. */
export const migrationFolder = path.join(import.meta.dirname, '../../migrations');

/** The names of the migrations in a folder, oldest first. */
export function readMigrationNames(folder = migrationFolder): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  return files.map((file) => path.basename(file, '.ts')).toSorted();
}

export async function loadMigration(folder: string, name: string): Promise<Migration> {
  return await import(pathToFileURL(path.join(folder, `${name}.ts`)).href);
}

export interface Migrations {
  /** By whatever release, in the order of the names. */
  readonly done: readonly string[];
  /** What is left for this release. */
  readonly pending: readonly string[];
  /** Done, but not by this release. */
  readonly unknown: readonly string[];
}

export async function findMigrations(db: Kysely<Database>, folder = migrationFolder): Promise<Migrations> {
  const known = readMigrationNames(folder);
  const done = await findDoneMigrations(db);
  return {
    done,
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
  };
}

/** For whoever can do nothing on a database that has migrations which this release does not know. */
export function refuseNewer({ unknown, pending }: Omit<Migrations, 'done'>): DatabaseProblem {
  const lacks = pending.length === 0 ? '' : ` and that lacks ${pending.join(', ')}`;
  return new DatabaseProblem(
    `that a newer release has migrated (this one does not know ${unknown.join(', ')})${lacks}: use ${lacks ? 'one that knows all' : 'that release'}.`,
  );
}

/**
 * The database, and the schema of our tables: where the search_path finds them, or where it makes new ones.
 * Throws DatabaseProblem when it names none.
 */
export async function findSchema(db: Kysely<Database>): Promise<{ database: string; schema: string }> {
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
