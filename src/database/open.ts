import type { Config } from '../config/config.ts';
import type { Logger } from '../config/logger.ts';
import { StartError } from '../config/start-error.ts';
import type { ConnectionCounts } from './connections.ts';
import type { Db } from './database.ts';
import type { PostgresOptions } from './postgres.ts';
import { describeProblem } from './problems.ts';
import { createProblemFinder, findServerProblem } from './readiness.ts';
import type { Replica } from './replica.ts';

/** A database that is ready, until it is closed. */
export interface OpenDatabase {
  readonly db: Db;
  /** Of a server. */
  readonly countConnections?: () => ConnectionCounts;
  /** Lets running statements end first, which their limits see to should the server hang. */
  close(): Promise<void>;
}

/** Of a server: other limits are for who serves no requests. */
export type OpenOptions = Pick<PostgresOptions, 'limits' | 'watch'>;

/**
 * The database that the configuration names, ready for queries: the embedded one is created and migrated here,
 * a Postgres server is only checked. Throws StartError with the remedy.
 */
export async function openDatabase(
  config: Config,
  logger: Logger,
  options: OpenOptions = {},
): Promise<OpenDatabase> {
  // Each is imported where it is opened, because a service has no use for the other.
  if (config.databaseUrl === undefined) {
    const { openEmbedded } = await importEmbedded();
    return await openEmbedded(config.dataDir, logger);
  }
  const { openPostgres } = await import('./postgres.ts');
  const { databasePoolSize: poolSize, databaseNamedStatements: namesStatements } = config;
  const postgres = openPostgres(config.databaseUrl, { poolSize, namesStatements, logger, ...options });
  const { db } = postgres;
  const problem =
    (await findServerProblem(db)) ??
    (await createProblemFinder(db)()) ??
    (await postgres.checkBounds().catch(describeProblem));
  if (problem !== undefined) {
    await db.destroy();
    throw new StartError(`DATABASE_URL points at a database ${problem}`);
  }
  return { ...postgres, close: () => db.destroy() };
}

/** The replica of the primary `db`, where the configuration names one; it may be away. */
export async function openReplica(
  config: Config,
  db: Db,
  logger: Logger,
  { watch }: Pick<OpenOptions, 'watch'> = {},
): Promise<Replica | undefined> {
  if (config.databaseReplicaUrl === undefined) return undefined;
  const { Replica } = await import('./replica.ts');
  const { databasePoolSize: poolSize, databaseNamedStatements: namesStatements } = config;
  const replica = new Replica(config.databaseReplicaUrl, db, { poolSize, namesStatements, logger, watch });
  await replica.look();
  return replica;
}

/** PGlite is an optional dependency, which the image does without. */
async function importEmbedded() {
  try {
    return await import('./embedded.ts');
  } catch (error) {
    if (!/package '@electric-sql\/pglite'/.test((error as Error).message)) throw error;
    throw new StartError(
      'DATABASE_URL is not set, and the embedded database is not installed here: set it, or run "npm ci".',
    );
  }
}
