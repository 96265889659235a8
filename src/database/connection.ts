import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import type { StatementQuery } from './statement-query.ts';

type Query = QueryConfig | StatementQuery;
type Result = QueryResult | StatementQuery;

/** How a connection was left, for whoever takes it back. */
export interface Leaving {
  /** Whether it has ended, or is to. */
  isBroken: boolean;
  /** Whether the server has refused to write. */
  isReadOnly: boolean;
  /** Whether the server is not what is wanted. */
  isUnfit: boolean;
  /** Where a statement's answer was late: aborted when it comes after all, or the connection ends. */
  lateStatement: AbortController | undefined;
}

/**
 * A connection of the pool: a statement that the server has undone is run again, and one that failed otherwise than
 * by the server's own word, or with the server's last one, is the last on it.
 */
export class Connection {
  readonly #client: PoolClient;
  readonly #answerMs: number | undefined;
  readonly #giveBack: (leaving: Leaving) => void;
  readonly #left: Leaving = {
    isBroken: false,
    isReadOnly: false,
    isUnfit: false,
    lateStatement: undefined,
  };

  /** Waits for each statement's answer for `answerMs`; for ever where that is undefined. */
  constructor(client: PoolClient, answerMs: number | undefined, giveBack: (leaving: Leaving) => void) {
    this.#client = client;
    this.#answerMs = answerMs;
    this.#giveBack = giveBack;
  }

  /** What is the same as long as the connection lasts. */
  get session(): object {
    return this.#client;
  }

  /** Whether it has ended, or is to. */
  get isBroken(): boolean {
    return this.#left.isBroken;
  }

  async query(config: Query, answerMs = this.#answerMs): Promise<Result> {
    const isAlone = this.#client.getTransactionStatus() === 'I';
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await (attempt === 1 ? this.#send(config, answerMs) : this.#sendReadCommitted(config));
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

  /** The server is not what is wanted any more, though it answers: its host is left for another, where there is one. */
  leaveHost(): void {
    this.#left.isUnfit = true;
  }

  release(): void {
    this.#giveBack(this.#left);
  }

  /**
   * By a callback, and with a time-out of our own: each that pg makes itself keeps rows alive from one collection of
   * young objects to the next, and so makes old ones of all.
   */
  #send(config: Query, answerMs = this.#answerMs): Promise<Result> {
    // Every further statement would wait for the late answer first.
    if (this.#left.lateStatement) return Promise.reject(new LateAnswer());
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const fail = (error: Error & { code?: unknown }): void => {
      this.#left.isBroken ||= !(error instanceof DatabaseError) || error.severity === 'FATAL';
      this.#left.isReadOnly ||= error.code === '25006';
      reject(error);
    };
    const giveUp = (): void => {
      this.#left.lateStatement = new AbortController();
      fail(new LateAnswer());
    };
    const timer = answerMs === undefined ? undefined : setTimeout(giveUp, answerMs);
    this.#client.query(config as QueryConfig, (error: Error | undefined, result: Result) => {
      clearTimeout(timer);
      this.#left.lateStatement?.abort();
      if (error) fail(error);
      else resolve(result);
    });
    return promise;
  }

  /** Whatever isolation the role or the database has by default: this one waits for others, and then sees their work. */
  async #sendReadCommitted(config: Query): Promise<Result> {
    await this.#send({ text: 'begin isolation level read committed' });
    try {
      const result = await this.#send(config);
      await this.#send({ text: 'commit' });
      return result;
    } catch (error) {
      // A broken connection ends its transaction by its own end.
      if (!this.#left.isBroken) await this.#send({ text: 'rollback' });
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
