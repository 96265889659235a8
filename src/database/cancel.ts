import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionConfig, Connection as PgConnection, type PoolClient } from 'pg';
import { connectMs } from './bounds.ts';

const repeatMs = 1_000;

/**
 * Gives a connection back to its pool whose statement was given up, but not before the server has let go of it. What
 * runs there is cancelled, once a second, until `over` says that it has ended or that nobody waits for it any more, for
 * `patienceMs` at most; or until the server takes no cancel. Cancelling ends what none of the server's time-outs does:
 * a commit that waits for a synchronous standby.
 */
export async function cancelAndRelease(
  client: PoolClient,
  over: AbortSignal,
  patienceMs = Infinity,
): Promise<void> {
  const until = performance.now() + patienceMs;
  while (await cancel(client)) {
    const left = Math.max(0, until - performance.now());
    await sleep(Math.min(repeatMs, left), undefined, { signal: over, ref: false }).catch(() => {});
    if (over.aborted || left === 0) break;
  }
  // Not to be used again: a cancel that is still on its way would hit the next statement. The backend is gone when the
  // server closes its end; where a statement still runs, `end` does not wait for that.
  await Promise.race([client.end(), sleep(connectMs, undefined, { ref: false })]);
  client.release(true);
}

/** Asks the server, by a connection of its own, to end what runs on another one; whether it has taken that in time. */
async function cancel(client: PoolClient): Promise<boolean> {
  const { host, port, ssl, sslNegotiation, processID, secretKey } = client as unknown as Cancellable;
  const connection = new PgConnection({ ssl, sslNegotiation } as ConnectionConfig) as CancelConnection;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isSent = false;
  const send = (): void => {
    connection.cancel(processID, secretKey);
    isSent = true;
  };
  connection.on('connect', () => {
    if (!ssl) send();
    else if (sslNegotiation !== 'direct') connection.requestSsl();
  });
  connection.on('sslconnect', send);
  // Its end comes after it. A server that has taken the cancel says so by nothing but that end.
  connection.on('error', () => {});
  connection.on('end', () => resolve(isSent));
  const timer = setTimeout(() => resolve(false), connectMs);
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
  return await promise.finally(() => {
    clearTimeout(timer);
    connection.stream.destroy();
  });
}

/** What pg's Client has, and its types do not. */
interface Cancellable {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionConfig['ssl'];
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly processID: number;
  readonly secretKey: number;
}

/** What pg's Connection has, and its types do not. */
interface CancelConnection extends PgConnection {
  connect(port: number, host: string): void;
  connect(path: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}
