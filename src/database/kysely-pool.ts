import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import {
  DatabaseError,
  type Pool,
  type PoolClient,
  type QueryArrayConfig,
  type QueryConfig,
  type QueryResult,
} from 'pg';

/** The pool as Kysely sees it. */
export function createKyselyPool(pool: Pool, answerMs: number | undefined): PostgresPool {
  return {
    options: pool.options,
    async connect() {
      const connection = await connect(pool, answerMs);
      const query = (text: string, values: readonly unknown[]) =>
        connection.query({ text, values: [...values] });
      return {
        query: query as unknown as PostgresPoolClient['query'],
        release: () => connection.release(),
      };
    },
    end: () => pool.end(),
  };
}

type Query = QueryConfig | QueryArrayConfig;

/** Waits for each statement's answer for `answerMs`; for ever where that is undefined. */
export async function connect(pool: Pool, answerMs: number | undefined): Promise<Connection> {
  return new Connection(await pool.connect(), answerMs);
}

/**
 * A connection of the pool: a statement that the server has undone is run again, and one that failed otherwise than
 * by the server's own word is the last on it.
 */
export class Connection {
  readonly #client: PoolClient;
  readonly #answerMs: number | undefined;
  #isBroken = false;

  constructor(client: PoolClient, answerMs: number | undefined) {
    this.#client = client;
    this.#answerMs = answerMs;
  }

  async query(config: Query): Promise<QueryResult> {
    const isAlone = this.#client.getTransactionStatus() === 'I';
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await (attempt === 1 ? this.#send(config) : this.#sendReadCommitted(config));
      } catch (error) {
        if (!isAlone || !isUndone(error) || attempt === 3) {
          // That of the driver leads to the socket; this one to whoever asked.
          Error.captureStackTrace(error as Error);
          throw error;
        }
        // The others first: met again at once, they would wait in a new circle, for which nobody looks in time.
        await sleep(randomInt(10, 50));
      }
    }
  }

  release(): void {
    this.#client.release(this.#isBroken);
  }

  /**
   * By a callback, and with a time-out of our own: each that pg makes itself keeps rows alive from one collection of
   * young objects to the next, and so makes old ones of all.
   */
  #send(config: Query): Promise<QueryResult> {
    const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
    const timer =
      this.#answerMs === undefined ? undefined : setTimeout(() => fail(new LateAnswer()), this.#answerMs);
    const fail = (error: Error): void => {
      // One whose answer is late, above all: every further statement would wait for that answer first.
      this.#isBroken ||= !(error instanceof DatabaseError);
      reject(error);
    };
    this.#client.query(config, (error: Error | undefined, result) => {
      clearTimeout(timer);
      if (error) fail(error);
      else resolve(result);
    });
    return promise;
  }

  /** Whatever isolation the role or the database has by default: this one waits for others, and then sees their work. */
  async #sendReadCommitted(config: Query): Promise<QueryResult> {
    await this.#send({ text: 'begin isolation level read committed' });
    try {
      const result = await this.#send(config);
      await this.#send({ text: 'commit' });
      return result;
    } catch (error) {
      // A broken connection ends its transaction by its own end.
      if (!this.#isBroken) await this.#send({ text: 'rollback' });
      throw error;
    }
  }
}

class LateAnswer extends Error {
  override readonly name = 'LateAnswer';
  readonly code = 'ETIMEDOUT';
  override readonly message = 'The database did not answer in time.';
}

/** A deadlock, or a serialization failure: nothing of the transaction is left, and it may succeed now. */
function isUndone(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === '40001';
}
