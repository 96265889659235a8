import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';

const lookMs = 200;

/**
 * Looks, on another connection, for whoever holds what a migration waits for: that of the session `pid`, and whatever
 * is done concurrently beside it. `meet` takes each sight of them, until the watch is disposed.
 */
export function watchLocks(db: Kysely<Database>, pid: number, meet: (obstacle: string) => void): Disposable {
  const over = new AbortController();
  void watch();
  return { [Symbol.dispose]: () => over.abort() };

  async function watch(): Promise<void> {
    for (;;) {
      await sleep(lookMs, undefined, { signal: over.signal, ref: false }).catch(() => {});
      if (over.signal.aborted) return;
      // An engine that has no such functions, or no connection to spare: then nobody says whom it waits for.
      const holders = await findHolders(db, pid).catch(() => []);
      if (holders.length > 0 && !over.signal.aborted) meet(holders.join(' and '));
    }
  }
}

/** Of a query only its first word: it may hold values. A role sees no more than the pid of others' sessions. */
async function findHolders(db: Kysely<Database>, pid: number): Promise<string[]> {
  const { rows } = await sql<{ holder: string }>`
    select distinct concat(
        'pid ', holder_pid,
        ' (' || concat_ws(', ', coalesce(nullif(holder.application_name, ''), holder.backend_type),
          holder.state || to_char(holder.xact_start at time zone 'UTC', '" since "YYYY-MM-DD"T"HH24:MI:SS"Z"'),
          substring(holder.query from '^\\s*(\\w+)')) || ')',
        ' to ', coalesce('let go of ' || wanted.name, 'end its transaction')) as holder
    from pg_stat_activity as waiting
      left join lateral (
        select relation::regclass::text as name from pg_locks where pid = waiting.pid and not granted limit 1
      ) as wanted on true
      cross join lateral unnest(pg_blocking_pids(waiting.pid)) as holder_pid
      left join pg_stat_activity as holder on holder.pid = holder_pid
    where waiting.pid = ${pid}
       or waiting.datname = current_database() and waiting.state = 'active'
          and waiting.application_name = current_setting('application_name') and waiting.query ~* '\\mconcurrently\\M'
    order by 1`.execute(db);
  return rows.map(({ holder }) => holder);
}
