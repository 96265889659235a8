import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, PGliteAdapter, sql } from 'kysely';
import type { Db } from './database.ts';
import { watchLocks } from './lock-watch.ts';
import { findDoneMigrations, recordDone, recordUndone, takeLock } from './migration-tables.ts';
import type { Migration } from './migrations.ts';
import type { Database } from './tables.ts';

export type Direction = 'up' | 'down';

export interface Step {
  readonly name: string;
  readonly direction: Direction;
  readonly migration: Migration;
}

export interface Waiting {
  /** For each lock, at most. */
  readonly lockMs: number;
  /** Takes whom it waits for. */
  readonly meet: (obstacle: string) => void;
}

/**
 * Runs a migration and writes that down, in one transaction, which holds the lock. A migration that takes no
 * transaction runs beside it, on another connection. Returns false when another process is at it, or was.
 */
export async function tryStep(
  db: Db,
  { name, direction, migration }: Step,
  { lockMs, meet }: Waiting,
): Promise<boolean> {
  const isBeside = migration.transaction === false;
  // One session of one process: nothing can run beside a transaction, and nobody waits for anybody.
  const isEmbedded = db.getExecutor().adapter instanceof PGliteAdapter;

  async function take(trx: Kysely<Database>): Promise<boolean> {
    const pid = await takeLock(trx);
    if (pid === undefined) return false;
    const isDone = (await findDoneMigrations(trx)).includes(name);
    if (isDone === (direction === 'up')) return false;
    await boundWaiting(trx, lockMs);
    using _watch = isEmbedded ? undefined : watchLocks(db, pid, meet);
    if (isBeside && !isEmbedded) await keepBusy(trx, () => migration[direction](db));
    else await migration[direction](trx);
    await (isDone ? recordUndone(trx, name) : recordDone(trx, name));
    return true;
  }

  if (isEmbedded && isBeside) return await take(db);
  return await db.transaction().setIsolationLevel('read committed').execute(take);
}

const busyMs = 500;

/**
 * Works beside a transaction, which is asked for something all the while: who stands still amid one is ended by poolers
 * (PgBouncer's `idle_transaction_timeout`), and by firewalls that forget a silent connection.
 */
async function keepBusy(trx: Kysely<Database>, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  // Where the transaction is lost, the next statement in it says so.
  const asking = ask().catch(() => {});
  try {
    await work();
  } finally {
    over.abort();
    await asking;
  }

  async function ask(): Promise<void> {
    for (;;) {
      await sleep(busyMs, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      // Which takes no snapshot: an index that meets one would wait for the end of this transaction.
      await sql`show lock_timeout`.execute(trx);
    }
  }
}

/**
 * Whatever the role or the server has by default: waiting for locks is bounded, work is not. Without values, so that pg
 * sends it as a simple query: after one with values the session keeps a snapshot, and the building of an index beside
 * the transaction would wait for its end.
 */
async function boundWaiting(trx: Kysely<Database>, lockMs: number): Promise<void> {
  await sql`
    select set_config(name, case name when 'lock_timeout' then ${sql.lit(`${lockMs}ms`)} else '0' end, true)
    from pg_settings where name in (
      'lock_timeout', 'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`.execute(
    trx,
  );
}

/** A lock that was not to be had in time, a deadlock, a serialization failure. */
const passing = new Set(['55P03', '40P01', '40001']);

/** Whether a step that failed may succeed a little later. */
export function isPassing(error: unknown, { migration }: Step): boolean {
  const { code = '' } = error as { code?: string };
  // After a deadlock a connection sends a statement again in a transaction, where this one may not run.
  return passing.has(code) || (code === '25001' && migration.transaction === false);
}
