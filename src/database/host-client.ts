import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import type { DatabaseHost, DatabaseUrl } from '../config/database-url.ts';
import type { Hosts, KnownHost } from './hosts.ts';
import { readTlsOptions } from './tls.ts';

type Done = ((error: Error) => void) | ((error: null, client: Client) => void);

/**
 * The driver's client, as a pool makes it: each for the host whose turn it is. All that the URL can say is said to the
 * driver, which would take the rest from elsewhere (PGHOST, PGPASSWORD, ~/.pgpass and so on).
 */
export function createClientClass(url: DatabaseUrl, hosts: Hosts) {
  return class HostClient extends Client {
    readonly begunAt = performance.now();
    readonly knownHost: KnownHost;
    readonly #problem: Error | undefined;

    /** With what the pool's options say at that time. */
    constructor(settings: ClientConfig = {}) {
      const host = hosts.choose();
      const tls = readTls(url, host);
      super({
        ...settings,
        ...host,
        user: url.user,
        password: () => url.password as string,
        database: url.database,
        application_name: url.applicationName ?? 'badge-groups',
        options: url.options,
        ssl: tls instanceof Error ? false : tls,
        sslnegotiation: tls !== false && url.tls?.isDirect ? 'direct' : 'postgres',
        enableChannelBinding: url.bindsChannel,
        keepAlive: url.keepsAlive,
        keepAliveInitialDelayMillis: url.keepAliveAfter * 1_000,
        connectionTimeoutMillis: hosts.patienceMs,
      });
      this.knownHost = host;
      this.#problem = tls instanceof Error ? tls : undefined;
    }

    override connect(): Promise<Client>;
    override connect(done: Done): void;
    override connect(done: Done = () => {}): Promise<Client> | undefined {
      const settle = (error: Error): void => {
        if (error) hosts.fail(this.knownHost, error);
        (done as (error: Error) => void)(error);
      };
      // Thrown amid the pool's work it would be nobody's to catch.
      if (this.#problem) process.nextTick(settle, this.#problem);
      else super.connect(settle);
      return undefined;
    }
  };
}

/** A socket has none. */
function readTls({ tls }: DatabaseUrl, { host }: DatabaseHost): ConnectionOptions | false | Error {
  if (tls === undefined || host.startsWith('/')) return false;
  try {
    return readTlsOptions(tls);
  } catch (error) {
    return error as Error;
  }
}
