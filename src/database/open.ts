import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Logger } from '../config/logger.ts';
import { StartError } from '../config/start-error.ts';
import type { Db } from './database.ts';
import { type ConnectionCounts, openPostgres } from './postgres.ts';
import { createProblemFinder, findServerProblem } from './readiness.ts';

export interface OpenDatabase {
  readonly db: Db;
  countConnections?(): ConnectionCounts;
  /** Lets running statements finish first; does not wait longer than 2 s for a server that hangs. */
  close(): Promise<void>;
}

const closePatienceMs = 2_000;

/**
 * The database that the configuration names, ready for queries: the embedded one is created and migrated here,
 * a Postgres server is only checked. Throws StartError with the remedy.
 */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined) {
    // Imported here, because a service on a Postgres server needs none of it.
    const { openEmbedded } = await import('./embedded.ts');
    return await openEmbedded(config.dataDir, logger);
  }
  const postgres = openPostgres(config.databaseUrl, { poolSize: config.databasePoolSize, logger });
  const { db } = postgres;
  const problem = (await findServerProblem(db)) ?? (await createProblemFinder(db)());
  if (problem !== undefined) {
    await db.destroy();
    throw new StartError(`DATABASE_URL points at a database ${problem}`);
  }
  return {
    ...postgres,
    close: () => Promise.race([db.destroy(), sleep(closePatienceMs, undefined, { ref: false })]),
  };
}
