import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, type Pool, type PoolClient, type QueryResult } from 'pg';

/**
 * The pool as Kysely sees it: a statement that the server has undone is run again, and a connection that failed
 * otherwise than by the server's own word is not used again.
 */
export function createKyselyPool(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => createKyselyClient(await pool.connect()),
    end: () => pool.end(),
  };
}

function createKyselyClient(client: PoolClient): PostgresPoolClient {
  let isBroken = false;

  async function send(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      // One whose answer is late, above all: every further statement would wait for that answer first.
      isBroken ||= !(error instanceof DatabaseError);
      throw error;
    }
  }

  async function sendUntilDone(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    const isAlone = client.getTransactionStatus() === 'I';
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await (attempt === 1 ? send(sql, parameters) : sendReadCommitted(sql, parameters));
      } catch (error) {
        if (!isAlone || !isUndone(error) || attempt === 3) throw error;
        // The others first: met again at once, they would wait in a new circle, for which nobody looks in time.
        await sleep(randomInt(10, 50));
      }
    }
  }

  /** Whatever isolation the role or the database has by default: this one waits for others, and then sees their work. */
  async function sendReadCommitted(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    await send('begin isolation level read committed');
    try {
      const result = await send(sql, parameters);
      await send('commit');
      return result;
    } catch (error) {
      // A broken connection ends its transaction by its own end.
      if (!isBroken) await send('rollback');
      throw error;
    }
  }

  return {
    query: sendUntilDone as unknown as PostgresPoolClient['query'],
    release: (destroy = false) => client.release(destroy || isBroken),
  };
}

/** A deadlock, or a serialization failure: nothing of the transaction is left, and it may succeed now. */
function isUndone(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === '40001';
}
