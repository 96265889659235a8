import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { Logger } from '../config/logger.ts';
import type { Database, Db } from './database.ts';
import { createKyselyPool } from './kysely-pool.ts';

export interface PostgresOptions {
  readonly poolSize: number;
  readonly logger: Logger;
  readonly patient?: boolean;
}

export interface ConnectionCounts {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface Postgres {
  readonly db: Db;
  countConnections(): ConnectionCounts;
}

/**
 * A pool of connections to `url`, opened on demand.
 * Waiting is bounded (2 s for a connection, 2 s for a statement, 2.5 s for its answer), so that a database that
 * is away or hangs fails a request instead of holding it; `patient` lifts the bounds on statements, for migrations.
 */
export function openPostgres(url: string, { poolSize, logger, patient = false }: PostgresOptions): Postgres {
  const pool = new Pool({
    connectionString: url,
    application_name: 'badge-groups',
    max: poolSize,
    connectionTimeoutMillis: 2_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(!patient && {
      statement_timeout: 2_000,
      query_timeout: 2_500,
      idle_in_transaction_session_timeout: 5_000,
    }),
  });
  // Without a listener, a connection that breaks would end the process: the pool listens to the idle ones only.
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'An idle database connection was lost'));
  // The statement that one in use was running fails, and is answered and logged as any other.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    db: new Kysely<Database>({ dialect: new PostgresDialect({ pool: createKyselyPool(pool) }) }),
    countConnections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
  };
}
