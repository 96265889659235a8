import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseUrl } from '../config/database-url.ts';
import { statementLimits } from './bounds.ts';
import type { Connection } from './connection.ts';
import type { Db } from './database.ts';
import { hasReached, type Position, readPosition, replayedPosition } from './position.ts';
import { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts';
import { DatabaseProblem, describeProblem } from './problems.ts';
import { ReadIndex } from './read-index.ts';
import type { Statement, TextRow } from './statement.ts';
import { StatementQuery } from './statement-query.ts';

/** Shorter than the primary's, which is asked after it. */
const limits = { ...statementLimits, connect: 1_000, statement: 1_000, answer: 1_250 };
/** For its answer to how far it is. */
const positionMs = 500;
/** For it to come as far as its primary. */
const catchUpMs = 50;
/** How long its position is known without asking: less than a restart takes, which may set it back. */
const knownMs = 100;
const lookAgainMs = 1_000;

/** Reads, by who has answered them. */
export interface ReadCounts {
  readonly replica: number;
  /** The primary, because the replica was behind. */
  readonly behind: number;
  /** The primary, because the replica was lost, refused us, or was none. */
  readonly away: number;
  /** The primary, after the replica had undone or given up the statement. */
  readonly repeated: number;
}

/**
 * Sends reads to a hot standby that has replayed whatever the primary had acknowledged when they came, so that nobody
 * misses a write that he was told of, made through whatever process; to the primary where it has not. When it is behind,
 * or has failed, it is left alone, and looked at, every second, until it is well. Writes go to the primary.
 */
export class Replica {
  /** The primary, but for reads. */
  readonly db: Db;
  readonly #primary: Db;
  readonly #standby: Postgres;
  readonly #index: ReadIndex;
  readonly #options: PostgresOptions;
  readonly #known = new WeakMap<object, { readonly position: Position; readonly until: number }>();
  readonly #counts = { replica: 0, behind: 0, away: 0, repeated: 0 };
  /** Why it is not used. */
  #problem: { readonly is: 'behind' | 'away'; readonly reason?: string } | undefined = { is: 'away' };
  #nextLook: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Not used before it has been looked at. */
  constructor(url: DatabaseUrl, primary: Db, options: PostgresOptions) {
    this.#primary = primary;
    this.#index = new ReadIndex(primary);
    this.#options = options;
    const check = (connection: Connection) =>
      this.#checkPosition(connection).catch((error) => {
        // A server that has become something else answers as ever: its connections would be used for good.
        if (error instanceof DatabaseProblem && !(error instanceof Behind)) connection.leaveHost();
        throw error;
      });
    this.#standby = openPostgres(url, { ...options, variable: 'DATABASE_REPLICA_URL', limits, check });
    const run: Db['run'] = (statement, values) =>
      statement.isWrite ? primary.run(statement, values) : this.#read(statement, values);
    this.db = Object.assign(primary.withoutPlugins(), { run });
  }

  countReads(): ReadCounts {
    return this.#counts;
  }

  /** Whether it can be used; what has changed is logged. */
  async look(): Promise<void> {
    this.#nextLook = undefined;
    try {
      await this.#standby.db.run(replayedPosition, {});
      if (this.#problem) this.#options.logger.info('Reads go to the replica');
      this.#problem = undefined;
    } catch (error) {
      this.#leave(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#nextLook);
    await this.#standby.db.destroy();
  }

  async #read<Values>(statement: Statement<Values>, values: Values): Promise<readonly TextRow[]> {
    if (this.#problem) {
      this.#counts[this.#problem.is] += 1;
      return await this.#primary.run(statement, values);
    }
    try {
      const rows = await this.#standby.db.run(statement, values);
      this.#counts.replica += 1;
      return rows;
    } catch (error) {
      this.#counts[isOfThisStatement(error) ? 'repeated' : this.#leave(error)] += 1;
      return await this.#primary.run(statement, values);
    }
  }

  #leave(error: unknown): 'behind' | 'away' {
    const is = error instanceof Behind ? 'behind' : 'away';
    if (this.#isClosed) return is;
    const reason =
      error instanceof PrimaryAway
        ? `DATABASE_URL points at a database ${describeProblem(error.cause)}`
        : `DATABASE_REPLICA_URL points at a database ${describeProblem(error)}`;
    if (reason !== this.#problem?.reason) this.#options.logger.warn({ reason }, 'Reads go to the primary');
    // At once where it was well until now: it may be one connection alone that was lost.
    this.#nextLook ??= setTimeout(() => void this.look(), this.#problem ? lookAgainMs : 0).unref();
    this.#problem = { is, reason };
    return is;
  }

  /** Throws unless the statements that come on the connection see whatever the primary has acknowledged by now. */
  async #checkPosition(connection: Connection): Promise<void> {
    const wanted = await this.#index.find().catch((error) => {
      throw new PrimaryAway(error);
    });
    const known = this.#known.get(connection.session);
    if (known && performance.now() < known.until && hasReached(known.position, wanted)) return;
    const giveUpAt = performance.now() + catchUpMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, 8)) {
      const until = performance.now() + knownMs;
      const position = await this.#askPosition(connection);
      this.#known.set(connection.session, { position, until });
      if (hasReached(position, wanted)) return;
      if (performance.now() + pauseMs > giveUpAt) throw new Behind();
      await sleep(pauseMs);
    }
  }

  async #askPosition(connection: Connection): Promise<Position> {
    // Without its name, which a pooler may lose.
    const { rows } = await connection.query(new StatementQuery(replayedPosition, [], false), positionMs);
    return readPosition(rows);
  }
}

/** A conflict with what is replayed, a statement that takes long, no connection free: the next one may do well. */
function isOfThisStatement(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (message === 'timeout exceeded when trying to connect') return true;
  return typeof code === 'string' && /^(40...|57014)$/.test(code);
}

class Behind extends DatabaseProblem {
  constructor() {
    super('that is behind the one in DATABASE_URL: see how its replication goes.');
  }
}

/** Who does not know how far the primary is, cannot know whether the replica is as far. */
class PrimaryAway extends Error {
  constructor(cause: unknown) {
    super('The primary does not say how far it is.', { cause });
  }
}
