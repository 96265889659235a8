import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, type Pool, type QueryArrayConfig, type QueryConfig, type QueryResult } from 'pg';

/** The pool as Kysely sees it. */
export function createKyselyPool(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    async connect() {
      const { query, release } = await connect(pool);
      const send = (text: string, values: readonly unknown[]) => query({ text, values: [...values] });
      return { query: send as unknown as PostgresPoolClient['query'], release };
    },
    end: () => pool.end(),
  };
}

type Query = QueryConfig | QueryArrayConfig;

export interface Connection {
  query(config: Query): Promise<QueryResult>;
  release(destroy?: boolean): void;
}

/**
 * A connection of the pool: a statement that the server has undone is run again, and one that failed otherwise than
 * by the server's own word is the last on it.
 */
export async function connect(pool: Pool): Promise<Connection> {
  const client = await pool.connect();
  let isBroken = false;

  async function send(config: Query): Promise<QueryResult> {
    try {
      return await client.query(config);
    } catch (error) {
      // One whose answer is late, above all: every further statement would wait for that answer first.
      isBroken ||= !(error instanceof DatabaseError);
      throw error;
    }
  }

  async function sendUntilDone(config: Query): Promise<QueryResult> {
    const isAlone = client.getTransactionStatus() === 'I';
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await (attempt === 1 ? send(config) : sendReadCommitted(config));
      } catch (error) {
        if (!isAlone || !isUndone(error) || attempt === 3) throw error;
        // The others first: met again at once, they would wait in a new circle, for which nobody looks in time.
        await sleep(randomInt(10, 50));
      }
    }
  }

  /** Whatever isolation the role or the database has by default: this one waits for others, and then sees their work. */
  async function sendReadCommitted(config: Query): Promise<QueryResult> {
    await send({ text: 'begin isolation level read committed' });
    try {
      const result = await send(config);
      await send({ text: 'commit' });
      return result;
    } catch (error) {
      // A broken connection ends its transaction by its own end.
      if (!isBroken) await send({ text: 'rollback' });
      throw error;
    }
  }

  return {
    query: sendUntilDone,
    release: (destroy = false) => client.release(destroy || isBroken),
  };
}

/** A deadlock, or a serialization failure: nothing of the transaction is left, and it may succeed now. */
function isUndone(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === '40001';
}
