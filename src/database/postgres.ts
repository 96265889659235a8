import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import type { Logger } from '../config/logger.ts';
import type { Database, Db } from './database.ts';

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
    db: new Kysely<Database>({ dialect: new PostgresDialect({ pool: dropBroken(pool) }) }),
    countConnections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
  };
}

/** The database of `openPostgres`, for whoever does not count its connections. */
export function connectPostgres(url: string, options: PostgresOptions): Db {
  return openPostgres(url, options).db;
}

/** The pool as Kysely sees it; a connection that failed otherwise than by the server's own word is not used again. */
function dropBroken(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => dropWhenBroken(await pool.connect()),
    end: () => pool.end(),
  };
}

/** One whose answer is late, above all: every further statement on it would wait for that answer first. */
function dropWhenBroken(client: PoolClient): PostgresPoolClient {
  let isBroken = false;
  async function query(sql: string, parameters: readonly unknown[]) {
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      isBroken ||= !(error instanceof DatabaseError);
      throw error;
    }
  }
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy = false) => client.release(destroy || isBroken),
  };
}
