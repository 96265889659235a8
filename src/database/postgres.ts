import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { Logger } from '../logger.ts';
import type { Database, Db } from './database.ts';

/**
 * A pool of connections to `url`, opened on demand.
 * Waiting is bounded (2 s for a connection, 2 s for a statement, 2.5 s for its answer), so that a database that
 * is away or hangs fails a request instead of holding it; `patient` lifts the bounds on statements, for migrations.
 */
export function connectPostgres(
  url: string,
  { poolSize, logger, patient = false }: { poolSize: number; logger: Logger; patient?: boolean },
): Db {
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
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
