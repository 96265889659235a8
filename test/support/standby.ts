import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

/** Whether a primary acknowledges a commit only when its standby has it, too. */
export type Replication = 'synchronous' | 'asynchronous';

/** A hot standby: it answers what reads, and takes no writes. */
export interface Standby extends PostgresServer {
  /** Stops the primary's sender where it is: what is committed from now on does not come here. */
  fallBehind(): Promise<void>;
  /** Settles when it takes writes. */
  promote(): Promise<void>;
}

/** Starts a standby of a durable server, which is restarted for it; settles when the standby has all that it has. */
export async function startStandby(primary: PostgresServer, replication: Replication): Promise<Standby> {
  const isSynchronous = replication === 'synchronous';
  // Takes effect by the restart: no commit slips in between.
  if (isSynchronous) await query(primary, 'alter system set synchronous_standby_names = standby');
  const server = await startPostgresServer({ durable: true, standbyOf: primary });
  await waitForSender(primary, isSynchronous ? 'sync' : 'async');
  return {
    ...server,
    async fallBehind() {
      const [sender] = await query<{ pid: number }>(primary, 'select pid from pg_stat_replication');
      process.kill(sender?.pid as number, 'SIGSTOP');
    },
    async promote() {
      await query(server, 'select pg_promote()');
    },
  };
}

async function waitForSender(primary: PostgresServer, wanted: 'sync' | 'async'): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const [sender] = await query<{ state: string; sync_state: string }>(
      primary,
      'select state, sync_state from pg_stat_replication',
    );
    if (sender?.state === 'streaming' && sender.sync_state === wanted) return;
    await sleep(50);
  }
  throw new Error('The standby does not follow its primary.');
}

/** On a connection of its own, because the server may be gone by the next one. */
export async function query<Row extends object>(server: PostgresServer, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: server.url() });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<Row>(sql).finally(() => client.end());
  return rows;
}
