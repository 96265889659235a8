import { Gauge, Histogram, type Registry } from 'prom-client';
import type { ConnectionCounts } from '../../database/connections.ts';
import type { Watch } from '../../database/watch.ts';

/** Connections to a database server, what waits for one, and what runs on them. */
export function collectDatabaseMetrics(
  register: Registry,
  countConnections: () => ConnectionCounts,
  watch: Watch | undefined,
): void {
  const registers = [register];
  new Gauge({
    name: 'database_pool',
    help: 'Connections to the database that are used (some of them stuck) and idle.',
    labelNames: ['state'],
    registers,
    collect() {
      // Before theirs are read: this one comes first.
      const counts = countConnections();
      size.set(counts.size);
      waiting.set(counts.waiting);
      for (const state of ['used', 'stuck', 'idle'] as const) this.set({ state }, counts[state]);
    },
  });
  const size = new Gauge({
    name: 'database_pool_size',
    help: 'Connections to the database that there may be: DATABASE_POOL_SIZE.',
    registers,
  });
  const waiting = new Gauge({
    name: 'database_statements_waiting',
    help: 'Statements that wait for a connection.',
    registers,
  });
  const waits = new Histogram({
    name: 'database_wait_duration_seconds',
    help: 'Waits for a connection, its opening included, until there was one or none in time.',
    labelNames: ['kind'],
    buckets: [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4],
    registers,
  });
  const durations = new Histogram({
    name: 'database_statement_duration_seconds',
    help: 'Statements, from being sent to their answer, or to being given up.',
    labelNames: ['statement'],
    buckets: [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  watch?.on('wait', (kind, ms) => waits.observe({ kind }, ms / 1_000));
  watch?.on('statement', (statement, ms) => durations.observe({ statement }, ms / 1_000));
}
