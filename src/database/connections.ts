import type { Pool, PoolClient } from 'pg';
import { connect, connectMs, findPatience, type StatementLimits } from './bounds.ts';
import { cancelAndRelease } from './cancel.ts';
import { Connection, type Leaving } from './connection.ts';
import type { Hosts } from './hosts.ts';
import { Semaphore } from './semaphore.ts';

/** How many connections there are, and how many statements wait for one. */
export interface ConnectionCounts {
  /** How many there may be. */
  readonly size: number;
  readonly used: number;
  /** Of the used ones, those whose statement was given up, and that the server has not let go of. */
  readonly stuck: number;
  readonly idle: number;
  readonly waiting: number;
}

/**
 * The connections of a pool. A tenth of them, rounded up, is never a write's (except of one connection), so that
 * writes that are stuck leave it to reads.
 */
export class Connections {
  readonly #pool: Pool;
  readonly #hosts: Hosts;
  readonly #limits: StatementLimits;
  readonly #writePlaces: Semaphore;
  readonly #stuck = new Set<AbortController>();

  constructor(pool: Pool, hosts: Hosts, limits: StatementLimits) {
    this.#pool = pool;
    this.#hosts = hosts;
    this.#limits = limits;
    const { max } = pool.options;
    this.#writePlaces = new Semaphore(Math.max(1, max - Math.ceil(max / 10)), connectMs);
  }

  count(): ConnectionCounts {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return {
      size: this.#pool.options.max,
      used: totalCount - idleCount,
      stuck: this.#stuck.size,
      idle: idleCount,
      waiting: waitingCount + this.#writePlaces.waitingCount,
    };
  }

  /** For whatever does not write. Throws when none becomes free, or can be opened, within `connectMs`. */
  async connect(): Promise<Connection> {
    return this.#lend(await this.#open());
  }

  /** As `connect`, but a place among the writes comes first, for which it waits as long again at most. */
  async connectToWrite(): Promise<Connection> {
    await this.#writePlaces.acquire();
    const giveBack = () => this.#writePlaces.release();
    try {
      return this.#lend(await this.#open(), giveBack);
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Lets running statements end first; those that were given up are not waited for. */
  async end(): Promise<void> {
    for (const statement of this.#stuck) statement.abort();
    await this.#pool.end();
  }

  #open(): Promise<PoolClient> {
    return this.#hosts.isSettled ? connect(this.#pool) : this.#hosts.connect(this.#pool);
  }

  /** Calls `whenFree` when the connection has been given back, and the server has let go of it. */
  #lend(client: PoolClient, whenFree?: () => void): Connection {
    const patience = findPatience(this.#pool, this.#limits);
    return new Connection(client, patience, (left) => this.#takeBack(client, left, whenFree));
  }

  #takeBack(
    client: PoolClient,
    { isBroken, isReadOnly, isUnfit, lateStatement }: Leaving,
    whenFree?: () => void,
  ): void {
    if (isReadOnly) this.#hosts.refuseWrites(client);
    if (isUnfit) this.#hosts.leave(client);
    if (lateStatement) {
      void this.#cancel(client, lateStatement).then(whenFree);
      return;
    }
    client.release(isBroken);
    whenFree?.();
  }

  async #cancel(client: PoolClient, lateStatement: AbortController): Promise<void> {
    if (this.#pool.ending) lateStatement.abort();
    this.#stuck.add(lateStatement);
    await cancelAndRelease(client, lateStatement.signal, this.#limits.stuck);
    this.#stuck.delete(lateStatement);
  }
}
