import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { Logger } from '../config/logger.ts';
import type { Database, Db } from './database.ts';
import { createKyselyPool } from './kysely-pool.ts';

/** In milliseconds; what is absent is not bounded. */
export interface StatementLimits {
  /** By the server. */
  readonly statement?: number;
  /** By us, for a server that hangs: longer than the server's own. */
  readonly answer?: number;
  /** Between two statements of a transaction, by the server: whoever vanishes amid one holds its locks no longer. */
  readonly idleInTransaction?: number;
}

export const statementLimits: StatementLimits = { statement: 2_000, answer: 2_500, idleInTransaction: 5_000 };

export interface PostgresOptions {
  readonly poolSize: number;
  readonly logger: Logger;
  readonly limits?: StatementLimits;
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
 * A pool of connections to `url`, opened on demand, each closed after a minute without use.
 * Waiting is bounded (2 s for a connection, and `limits`), so that a database that is away or hangs fails a request
 * instead of holding it. Migrations take no limits.
 */
export function openPostgres(
  url: string,
  { poolSize, logger, limits = statementLimits }: PostgresOptions,
): Postgres {
  const pool = new Pool({
    connectionString: nameSslMode(url),
    application_name: 'badge-groups',
    max: poolSize,
    connectionTimeoutMillis: 2_000,
    idleTimeoutMillis: 60_000,
    ...(limits.statement && { statement_timeout: limits.statement }),
    ...(limits.answer && { query_timeout: limits.answer }),
    ...(limits.idleInTransaction && { idle_in_transaction_session_timeout: limits.idleInTransaction }),
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

/** By the name of what pg does: it takes all of these for verify-full, and warns on stderr that it will not for ever. */
function nameSslMode(url: string): string {
  if (/[?&]uselibpqcompat=true/.test(url)) return url;
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}
