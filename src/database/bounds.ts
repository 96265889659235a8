import type { Pool, PoolClient } from 'pg';

/** In milliseconds; what is absent is not bounded. */
export interface StatementLimits {
  /** For a connection, by us; `connectMs` where it is absent. */
  readonly connect?: number;
  /** By the server, or by us where a pooler keeps the server from knowing it. */
  readonly statement?: number;
  /** By us, for a server that hangs: longer than the server's own. */
  readonly answer?: number;
  /** How long a connection counts whose statement was given up, should the server never say that it has ended. */
  readonly stuck?: number;
  /** Between two statements of a transaction, by the server: whoever vanishes amid one holds its locks no longer. */
  readonly idleInTransaction?: number;
}

/** For who says nothing else of a new connection; a server that takes no cancel in this time takes none either. */
export const connectMs = 2_000;

/**
 * Those of the service. A statement that was given up counts for 30 s at most: a server that lives ends it at once when
 * it is cancelled, and one that does not in this time (another one that has its address, a disk that hangs) may keep no
 * connection for ever.
 */
export const statementLimits: StatementLimits = {
  statement: 2_000,
  answer: 2_500,
  stuck: 30_000,
  idleInTransaction: 5_000,
};

/** What each connection asks of the server, by parameters of its start. */
export function askForBounds({ statement, idleInTransaction }: StatementLimits) {
  return {
    ...(statement && { statement_timeout: statement }),
    ...(idleInTransaction && { idle_in_transaction_session_timeout: idleInTransaction }),
  };
}

/** What PgBouncer says, which takes no parameter that it does not know. */
const refusal = /startup parameter: (?:statement|idle_in_transaction_session)_timeout/;

/**
 * A connection of the pool, which asks for no bounds any more once a pooler has refused them. By a callback: without
 * one, pg-pool makes two promises of its own.
 */
export function connect(pool: Pool): Promise<PoolClient> {
  const { promise, resolve, reject } = Promise.withResolvers<PoolClient>();
  pool.connect((error, client) => {
    if (client) resolve(client);
    else if (refusal.test(error?.message ?? '')) resolve(connectUnbounded(pool));
    else reject(error);
  });
  return promise;
}

/** For an answer, before the statement is cancelled: as long as the server would have, where it knows no bound. */
export function findPatience({ options }: Pool, { statement, answer }: StatementLimits): number | undefined {
  const isKept = statement === undefined || options.statement_timeout !== undefined;
  return isKept ? answer : statement;
}

/** No connection asks for bounds from now on; those of statements are ours. */
export function takeOverBounds({ options }: Pool): void {
  delete options.statement_timeout;
  delete options.idle_in_transaction_session_timeout;
}

async function connectUnbounded(pool: Pool): Promise<PoolClient> {
  takeOverBounds(pool);
  return await pool.connect();
}
