import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FileMigrationProvider, type MigrationInfo, Migrator } from 'kysely/migration';
import type { Db } from './database.ts';

/** Kysely's migrator over the files in `migrations`, oldest first; it holds a lock, so two may start at once. */
export function createMigrator(db: Db): Migrator {
  const migrationFolder = path.join(import.meta.dirname, '../../migrations');
  return new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) });
}

/** Runs what is pending and returns its names. Throws what a migration threw; that one leaves no trace. */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const { error, results = [] } = await createMigrator(db).migrateToLatest();
  if (error) throw error;
  return results.map(({ migrationName }) => migrationName);
}

export async function findPendingMigrations(db: Db): Promise<MigrationInfo[]> {
  const migrations = await createMigrator(db).getMigrations();
  return migrations.filter(({ executedAt }) => executedAt === undefined);
}
