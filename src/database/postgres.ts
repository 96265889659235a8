import { Kysely, PostgresDialect } from 'kysely';
import { type CustomTypesConfig, Pool, type QueryArrayConfig } from 'pg';
import type { Logger } from '../config/logger.ts';
import { type AnswerLimits, type ConnectionCounts, Connections } from './connections.ts';
import type { Db } from './database.ts';
import { createKyselyPool } from './kysely-pool.ts';
import { connectMs } from './let-go.ts';
import type { Statement, TextRow } from './statement.ts';
import type { Database } from './tables.ts';

/** In milliseconds; what is absent is not bounded. */
export interface StatementLimits extends AnswerLimits {
  /** By the server. */
  readonly statement?: number;
  /** Between two statements of a transaction, by the server: whoever vanishes amid one holds its locks no longer. */
  readonly idleInTransaction?: number;
}

/**
 * A statement that was given up counts for 30 s at most: a server that lives ends it at once when it is cancelled, and
 * one that does not in this time (another one that has its address, a disk that hangs) may keep no connection for ever.
 */
export const statementLimits: StatementLimits = {
  statement: 2_000,
  answer: 2_500,
  stuck: 30_000,
  idleInTransaction: 5_000,
};

export interface PostgresOptions {
  readonly poolSize: number;
  readonly logger: Logger;
  readonly limits?: StatementLimits;
  /** Whether the server may keep prepared statements by their names, which some poolers lose. */
  readonly namesStatements?: boolean;
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
  { poolSize, logger, limits = statementLimits, namesStatements = true }: PostgresOptions,
): Postgres {
  const pool = new Pool({
    connectionString: nameSslMode(url),
    application_name: 'badge-groups',
    max: poolSize,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: 60_000,
    ...(limits.statement && { statement_timeout: limits.statement }),
    ...(limits.idleInTransaction && { idle_in_transaction_session_timeout: limits.idleInTransaction }),
  });
  // Without a listener, a connection that breaks would end the process: the pool listens to the idle ones only.
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'An idle database connection was lost'));
  // The statement that one in use was running fails, and is answered and logged as any other.
  pool.on('connect', (client) => client.on('error', () => {}));
  const connections = new Connections(pool, limits);
  const kysely = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: createKyselyPool(connections) }),
  });
  return {
    db: Object.assign(kysely, { run: createRunner(connections, namesStatements) }),
    countConnections: () => connections.count(),
  };
}

const asText: CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

function createRunner(connections: Connections, namesStatements: boolean): Db['run'] {
  const queries = new Map<unknown, object>();

  /** Without its values. pg copies a query's own properties, at a price: those of every call stand in its prototype. */
  function prepareQuery({ name, text }: Statement<never>): object {
    return {
      ...(namesStatements && { name }),
      text,
      rowMode: 'array',
      types: asText,
    } satisfies QueryArrayConfig;
  }

  return async <Values>(statement: Statement<Values>, values: Values): Promise<readonly TextRow[]> => {
    const prepared = queries.get(statement) ?? prepareQuery(statement);
    queries.set(statement, prepared);
    const query: QueryArrayConfig = Object.create(prepared);
    query.values = statement.bind(values);
    const connection = await (statement.isWrite ? connections.connectToWrite() : connections.connect());
    try {
      const { rows } = await connection.query(query);
      return rows;
    } finally {
      connection.release();
    }
  };
}

/** By the name of what pg does: it takes all of these for verify-full, and warns on stderr that it will not for ever. */
function nameSslMode(url: string): string {
  if (/[?&]uselibpqcompat=true/.test(url)) return url;
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}
