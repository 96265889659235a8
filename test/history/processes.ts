import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ServiceProcess } from '../support/process.ts';
import { type Door, postDocument, TestCaller, type TestService } from '../support/service.ts';
import { drill, type Recording } from './drill.ts';

const processes = 3;
const clients = 12;
const killEveryMs = 50;

/**
 * The drill over several processes on one database, whose connections are killed all the while, those of clients and
 * those to the database; two of three read from its replica, where there is one. `service` is there to make the callers.
 */
export async function drillProcesses(
  databaseUrl: string,
  service: TestService,
  seconds: number,
  replicaUrl?: string,
): Promise<{ recording: Recording; killedConnections: number }> {
  await using opened = new AsyncDisposableStack();
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error' };
  const doors = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const replica = replicaUrl && index > 0 ? { DATABASE_REPLICA_URL: replicaUrl } : {};
      return openHastyDoor(opened.use(await ServiceProcess.start({ ...env, ...replica })).url);
    }),
  );
  const { orgId } = await service.addCaller();
  const callers = await Promise.all(
    Array.from(
      { length: clients },
      async (_, client) =>
        new TestCaller(doors[client % processes] as Door, await service.addCaller({ orgId })),
    ),
  );
  const killing = new AbortController();
  const killed = killConnections(databaseUrl, killing.signal);
  const recording = await drill(callers, seconds).finally(() => killing.abort());
  return { recording, killedConnections: await killed };
}

/** A client that breaks its connection now and then, amid a request. */
function openHastyDoor(url: string): Door {
  const send = (init: RequestInit) =>
    fetch(url, { ...init, ...(randomInt(30) === 0 && { signal: AbortSignal.timeout(randomInt(1, 10)) }) });
  return {
    execute: (document, variables, headers = {}) => postDocument(send, document, variables, headers),
  };
}

/** One to the database at a time, of those in use where there are some. Returns how many it were. */
async function killConnections(databaseUrl: string, signal: AbortSignal): Promise<number> {
  const admin = new Client({ connectionString: databaseUrl });
  await admin.connect();
  let killed = 0;
  while (!signal.aborted) {
    await sleep(randomInt(2 * killEveryMs));
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'badge-groups'
       order by state = 'active' desc, random() limit 1`,
    );
    killed += rowCount ?? 0;
  }
  await admin.end();
  return killed;
}
