import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { type DatabaseUrl, parseDatabaseUrl } from '../config/database-url.ts';
import type { Logger } from '../config/logger.ts';
import { askForBounds, connectMs, type StatementLimits, statementLimits, takeOverBounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import { type ConnectionCounts, Connections } from './connections.ts';
import type { Db } from './database.ts';
import { createClientClass } from './host-client.ts';
import { Hosts } from './hosts.ts';
import { createKyselyPool } from './kysely-pool.ts';
import type { Statement, TextRow } from './statement.ts';
import { StatementQuery } from './statement-query.ts';
import type { Database } from './tables.ts';
import { type Watch, WatchedConnections } from './watch.ts';

export interface PostgresOptions {
  readonly poolSize: number;
  readonly logger: Logger;
  readonly limits?: StatementLimits | undefined;
  /** Whether the server may keep prepared statements by their names, which some poolers lose. */
  readonly namesStatements?: boolean;
  /** Where the URL is from. */
  readonly variable?: 'DATABASE_URL' | 'DATABASE_REPLICA_URL';
  /** Who is told of waits and statements. */
  readonly watch?: Watch | undefined;
  /** Comes before each prepared statement, on its connection: the statement is not sent when that rejects. */
  readonly check?: ((connection: Connection) => Promise<void>) | undefined;
}

export interface Postgres {
  readonly db: Db;
  countConnections(): ConnectionCounts;
  /** Sees to the bounds of statements where a pooler ignores what the server is asked for. */
  checkBounds(): Promise<void>;
}

/**
 * A pool of connections to `url`, opened on demand, each closed after a minute without use. Where that names several
 * hosts, and does not say which, the one that takes writes.
 * Waiting is bounded (2 s for a connection, and `limits`), so that a database that is away or hangs fails a request
 * instead of holding it. Migrations take no limits.
 */
export function openPostgres(url: DatabaseUrl | string, options: PostgresOptions): Postgres {
  const { poolSize, logger, limits = statementLimits, watch, variable = 'DATABASE_URL' } = options;
  const parsed = typeof url === 'string' ? parseDatabaseUrl(variable, url) : url;
  const target = parsed.target ?? (parsed.hosts.length > 1 ? 'read-write' : 'any');
  if (parsed.tls?.checks === 'nothing') {
    logger.warn(`Nobody checks that the database is who it says: sslmode=verify-full in ${variable} would`);
  }
  const { connect = connectMs } = limits;
  const hosts = new Hosts(parsed.hosts, target, connect);
  const pool = new Pool({
    Client: createClientClass(parsed, hosts),
    max: poolSize,
    connectionTimeoutMillis: connect,
    idleTimeoutMillis: 60_000,
    ...askForBounds(limits),
    ...(!hosts.isSettled && { verify: (client, done) => void hosts.check(client).then(() => done(), done) }),
  });
  // Without a listener, a connection that breaks would end the process: the pool listens to the idle ones only.
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'An idle database connection was lost'));
  // The statement that one in use was running fails, and is answered and logged as any other.
  pool.on('connect', (client) => client.on('error', () => {}));
  const connections = watch
    ? new WatchedConnections(pool, hosts, limits, watch)
    : new Connections(pool, hosts, limits);
  const kysely = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: createKyselyPool(connections) }),
  });
  return {
    db: Object.assign(kysely, { run: createRunner(connections, options) }),
    countConnections: () => connections.count(),
    async checkBounds() {
      const { rows } = await sql<{ ms: string }>`
        select setting as ms from pg_settings where name = 'statement_timeout'`.execute(kysely);
      if (rows[0]?.ms !== String(limits.statement)) takeOverBounds(pool);
    },
  };
}

function createRunner(
  connections: Connections,
  { namesStatements = true, logger, check }: PostgresOptions,
): Db['run'] {
  let hasNames = namesStatements;

  function createQuery<Values>(statement: Statement<Values>, values: Values): StatementQuery {
    return new StatementQuery(statement, statement.bind(values), hasNames);
  }

  function goOnWithoutNames(error: Error): void {
    if (hasNames) logger.warn({ reason: error.message }, namesAreLost);
    hasNames = false;
  }

  return async <Values>(statement: Statement<Values>, values: Values): Promise<readonly TextRow[]> => {
    const query = createQuery(statement, values);
    const connection = await (statement.isWrite ? connections.connectToWrite() : connections.connect());
    try {
      if (check) await check(connection);
      const { rows } = await connection.query(query);
      return rows;
    } catch (error) {
      // The statement was not begun: it has failed by its name.
      if (query.name === undefined || !isNameLost(error)) throw error;
      goOnWithoutNames(error);
      const { rows } = await connection.query(createQuery(statement, values));
      return rows;
    } finally {
      connection.release();
    }
  };
}

const namesAreLost =
  'The pooler loses prepared statements, so each is planned anew from now on: let it keep them (max_prepared_statements of PgBouncer 1.21 or newer), or set DATABASE_NAMED_STATEMENTS=off';

/** No such name, or there already: the server connection was another client's, or is another one now. */
function isNameLost(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return code === '26000' || code === '42P05';
}
