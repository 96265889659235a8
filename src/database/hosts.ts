import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { DatabaseHost, SessionTarget } from '../config/database-url.ts';
import { connect } from './bounds.ts';
import { connectMs } from './let-go.ts';
import { DatabaseProblem, NoHostFits } from './problems.ts';

/** For so long a host that failed comes after the others: one that hangs would cost every connection its patience. */
const memoryMs = 10_000;

/** One of the hosts, and what is known of it. */
export interface Place extends DatabaseHost {
  error: unknown;
  failedAt: number;
  /** Connections that were begun before are not used any more. */
  leftAt: number;
}

/** A connection that knows where it leads. */
export interface PlacedClient extends PoolClient {
  readonly place: Place;
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
  readonly #places: readonly Place[];
  readonly #target: SessionTarget;
  readonly #failures = new WeakSet<object>();

  /** They are waited for `allMs` together. */
  constructor(hosts: readonly DatabaseHost[], target: SessionTarget, allMs = connectMs) {
    this.#allMs = allMs;
    this.#places = hosts.map((host) => ({
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
    return this.#places.length === 1 && this.#target === 'any';
  }

  /** Where the next connection is tried. */
  choose(): Place {
    const [longestAgo] = this.#places.toSorted((one, other) => one.failedAt - other.failedAt);
    return this.#places.find((place) => !hasFailed(place)) ?? (longestAgo as Place);
  }

  fail(place: Place, error: Error): void {
    place.error = error;
    place.failedAt = performance.now();
    this.#failures.add(error);
  }

  /** The server has refused to write: where that is wanted, its host is left by all connections. */
  refuseWrites(client: PoolClient): void {
    if (this.#target !== 'read-write' && this.#target !== 'primary') return;
    (client as PlacedClient).place.leftAt = performance.now();
  }

  /** The server is not what is wanted any more: its host is left by all connections, and comes after the others. */
  leave(client: PoolClient): void {
    const { place } = client as PlacedClient;
    place.leftAt = performance.now();
    place.failedAt = place.leftAt;
  }

  /** Throws NoHostFits when each was tried, by this call or another one meanwhile; and what else the pool throws. */
  async connect(pool: Pool): Promise<PoolClient> {
    const begunAt = performance.now();
    // The second time, what is not preferred will do.
    const attempts = this.#places.length * (this.#target === 'prefer-standby' ? 2 : 1);
    const isOver = (attempt: number): boolean =>
      performance.now() - begunAt >= this.#allMs ||
      (attempt >= attempts && this.#places.every(({ failedAt }) => failedAt >= begunAt));
    for (let attempt = 1; ; ) {
      try {
        const client = (await connect(pool)) as PlacedClient;
        if (client.begunAt > client.place.leftAt) return client;
        client.release(true);
      } catch (error) {
        if (!this.#failures.has(error as object)) throw error;
        if (isOver(attempt)) throw this.#places.length === 1 ? error : new NoHostFits(this.#places);
        attempt += 1;
      }
    }
  }

  /** Asks the server of a new connection what it is. Throws DatabaseProblem when that is not what is wanted. */
  async check(client: PoolClient): Promise<void> {
    const { place, begunAt } = client as PlacedClient;
    const left = Math.max(1, this.patienceMs - (performance.now() - begunAt));
    try {
      const query = { text: describeSession, query_timeout: left } satisfies QueryConfig & {
        query_timeout: number;
      };
      const { rows } = await client.query<Session>(query);
      this.#expectToFit(place, rows[0] as Session);
      place.failedAt = -Infinity;
    } catch (error) {
      this.fail(place, error as Error);
      throw error;
    }
  }

  #expectToFit(place: Place, session: Session): void {
    const isLastHope =
      this.#target === 'prefer-standby' && this.#places.every((other) => other === place || hasFailed(other));
    if (isLastHope || fits[this.#target](session)) return;
    const kind = session.isStandby ? 'a standby' : session.isReadOnly ? 'read-only' : 'a primary';
    throw new DatabaseProblem(
      `that is ${kind}, where target_session_attrs=${this.#target} is wanted: name another host in the URL.`,
    );
  }
}

function hasFailed({ failedAt }: Place): boolean {
  return performance.now() - failedAt < memoryMs;
}
