import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { DatabaseHost, SessionTarget } from '../config/database-url.ts';
import { connect } from './bounds.ts';
import { DatabaseProblem, NoHostFits } from './problems.ts';

/** For so long a host that failed comes after the others: one that hangs would cost every connection its patience. */
const memoryMs = 10_000;

/** One of the hosts, and what is known of it. */
export interface KnownHost extends DatabaseHost {
  error: unknown;
  failedAt: number;
  /** Connections that were begun before are not used any more. */
  leftAt: number;
}

/** A connection that knows where it leads, as `createClientClass` makes it. */
export interface HostClient extends PoolClient {
  readonly knownHost: KnownHost;
  readonly begunAt: number;
}

interface Session {
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
}

const describeSession = `select pg_is_in_recovery() as "isStandby",
  current_setting('transaction_read_only')::bool as "isReadOnly"`;

const fits: Readonly<Record<SessionTarget, (session: Session) => boolean>> = {
  any: () => true,
  'read-write': ({ isReadOnly }) => !isReadOnly,
  'read-only': ({ isReadOnly }) => isReadOnly,
  primary: ({ isStandby }) => !isStandby,
  standby: ({ isStandby }) => isStandby,
  'prefer-standby': ({ isStandby }) => isStandby,
};

/** The hosts of a database: each new connection leads to the first that answers and is what is wanted. */
export class Hosts {
  /** How long each is waited for. */
  readonly patienceMs: number;
  readonly #allMs: number;
  readonly #hosts: readonly KnownHost[];
  readonly #target: SessionTarget;
  readonly #failures = new WeakSet<object>();

  /** They are waited for `allMs` together. */
  constructor(hosts: readonly DatabaseHost[], target: SessionTarget, allMs: number) {
    this.#allMs = allMs;
    this.#hosts = hosts.map((host) => ({
      ...host,
      error: undefined,
      failedAt: -Infinity,
      leftAt: -Infinity,
    }));
    this.#target = target;
    this.patienceMs = allMs / hosts.length;
  }

  /** Whether any will do, and there is only one. */
  get isSettled(): boolean {
    return this.#hosts.length === 1 && this.#target === 'any';
  }

  /** Where the next connection is tried. */
  choose(): KnownHost {
    const [longestAgo] = this.#hosts.toSorted((one, other) => one.failedAt - other.failedAt);
    return this.#hosts.find((host) => !hasFailed(host)) ?? (longestAgo as KnownHost);
  }

  fail(host: KnownHost, error: Error): void {
    host.error = error;
    host.failedAt = performance.now();
    this.#failures.add(error);
  }

  /** The server has refused to write: where that is wanted, its host is left by all connections. */
  refuseWrites(client: PoolClient): void {
    if (this.#target !== 'read-write' && this.#target !== 'primary') return;
    (client as HostClient).knownHost.leftAt = performance.now();
  }

  /** The server is not what is wanted any more: its host is left by all connections, and comes after the others. */
  leave(client: PoolClient): void {
    const { knownHost } = client as HostClient;
    knownHost.leftAt = performance.now();
    knownHost.failedAt = knownHost.leftAt;
  }

  /** Throws NoHostFits when each was tried, by this call or another one meanwhile; and what else the pool throws. */
  async connect(pool: Pool): Promise<PoolClient> {
    const begunAt = performance.now();
    // The second time, what is not preferred will do.
    const attempts = this.#hosts.length * (this.#target === 'prefer-standby' ? 2 : 1);
    const isOver = (attempt: number): boolean =>
      performance.now() - begunAt >= this.#allMs ||
      (attempt >= attempts && this.#hosts.every(({ failedAt }) => failedAt >= begunAt));
    for (let attempt = 1; ; ) {
      try {
        const client = (await connect(pool)) as HostClient;
        if (client.begunAt > client.knownHost.leftAt) return client;
        client.release(true);
      } catch (error) {
        if (!this.#failures.has(error as object)) throw error;
        if (isOver(attempt)) throw this.#hosts.length === 1 ? error : new NoHostFits(this.#hosts);
        attempt += 1;
      }
    }
  }

  /** Asks the server of a new connection what it is. Throws DatabaseProblem when that is not what is wanted. */
  async check(client: PoolClient): Promise<void> {
    const { knownHost, begunAt } = client as HostClient;
    const left = Math.max(1, this.patienceMs - (performance.now() - begunAt));
    try {
      const query = { text: describeSession, query_timeout: left } satisfies QueryConfig & {
        query_timeout: number;
      };
      const { rows } = await client.query<Session>(query);
      this.#expectToFit(knownHost, rows[0] as Session);
      knownHost.failedAt = -Infinity;
    } catch (error) {
      this.fail(knownHost, error as Error);
      throw error;
    }
  }

  #expectToFit(host: KnownHost, session: Session): void {
    const isLastHope =
      this.#target === 'prefer-standby' && this.#hosts.every((other) => other === host || hasFailed(other));
    if (isLastHope || fits[this.#target](session)) return;
    const kind = session.isStandby ? 'a standby' : session.isReadOnly ? 'read-only' : 'a primary';
    throw new DatabaseProblem(
      `that is ${kind}, where target_session_attrs=${this.#target} is wanted: name another host in the URL.`,
    );
  }
}

function hasFailed({ failedAt }: KnownHost): boolean {
  return performance.now() - failedAt < memoryMs;
}
