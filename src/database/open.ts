import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { StartError } from '../start-error.ts';
import type { Db } from './database.ts';
import { migrateToLatest } from './migrator.ts';
import { connectPostgres } from './postgres.ts';
import { findProblem } from './readiness.ts';

export interface OpenDatabase {
  readonly db: Db;
  /** Lets running statements finish first. */
  close(): Promise<void>;
}

/**
 * The database that the configuration names, ready for queries: the embedded one is created and migrated here,
 * a Postgres server is only checked. Throws StartError with the remedy.
 */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined) {
    // Imported here, because a service on a Postgres server needs none of it.
    const { openEmbedded } = await import('./embedded.ts');
    const database = await openEmbedded(config.dataDir, logger);
    await migrateToLatest(database.db);
    return database;
  }
  const db = connectPostgres(config.databaseUrl, { poolSize: config.databasePoolSize, logger });
  const problem = await findProblem(db);
  if (problem !== undefined) {
    await db.destroy();
    throw new StartError(`DATABASE_URL points at a database ${problem}`);
  }
  return { db, close: () => db.destroy() };
}
