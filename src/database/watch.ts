import type { EventEmitter } from 'node:events';
import type { Pool } from 'pg';
import type { StatementLimits } from './bounds.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import type { Hosts } from './hosts.ts';
import { StatementQuery } from './statement-query.ts';

/** What is told of each wait for a connection, however it ended, and of each statement, in milliseconds. */
export interface WatchEvents {
  wait: [kind: 'read' | 'write', ms: number];
  /** By its title: what is not prepared has none of its own. */
  statement: [title: string, ms: number];
}

export type Watch = EventEmitter<WatchEvents>;

/** Tells `watch` of what goes on. Apart, so that who has no metrics looks at no clock. */
export class WatchedConnections extends Connections {
  readonly #watch: Watch;

  constructor(pool: Pool, hosts: Hosts, limits: StatementLimits, watch: Watch) {
    super(pool, hosts, limits);
    this.#watch = watch;
  }

  override async connect(): Promise<Connection> {
    return await this.#watchWait('read', super.connect());
  }

  override async connectToWrite(): Promise<Connection> {
    return await this.#watchWait('write', super.connectToWrite());
  }

  async #watchWait(kind: 'read' | 'write', connecting: Promise<Connection>): Promise<Connection> {
    const from = performance.now();
    try {
      return this.#watchStatements(await connecting);
    } finally {
      this.#watch.emit('wait', kind, performance.now() - from);
    }
  }

  #watchStatements(connection: Connection): Connection {
    const query = connection.query.bind(connection);
    connection.query = async (...given) => {
      const from = performance.now();
      try {
        return await query(...given);
      } finally {
        this.#watch.emit('statement', readTitle(given[0]), performance.now() - from);
      }
    };
    return connection;
  }
}

function readTitle(query: object): string {
  return query instanceof StatementQuery ? query.title : '(other)';
}
