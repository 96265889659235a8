import type { RequestListener } from 'node:http';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ConnectionCounts } from '../../database/connections.ts';
import type { ReadCounts } from '../../database/replica.ts';
import type { Watch } from '../../database/watch.ts';
import type { TurnCounts } from '../turns/turns.ts';
import { collectDatabaseMetrics } from './database-metrics.ts';
import { createOperationNamer } from './operation-names.ts';
import { collectProcessMetrics } from './process-metrics.ts';
import { readRequestId } from './request-ids.ts';
import type { AnsweredRequest } from './request-log.ts';

export interface Metrics {
  observe(request: AnsweredRequest): void;
  /** Answers `GET /metrics`, in the text format of Prometheus. */
  readonly listener: RequestListener;
}

/** What is read when metrics are asked for; there are none of what is absent. */
export interface Counts {
  /** Tells what is counted as it happens. */
  readonly watch?: Watch;
  readonly isReady?: () => Promise<boolean>;
  readonly countTurns?: () => TurnCounts;
  readonly countConnections?: (() => ConnectionCounts) | undefined;
  readonly countReads?: (() => ReadCounts) | undefined;
}

const outcomes = ['ok', 'typed_error', 'refused', 'unavailable', 'fault'] as const;

/** Counts what is answered, and reads `counts` and the process when it is asked. */
export function createMetrics(counts: Counts = {}): Metrics {
  const { countConnections, countTurns, countReads, isReady, watch } = counts;
  const registry = new Registry();
  const registers = [registry];
  collectProcessMetrics(registry);
  if (countConnections) collectDatabaseMetrics(registry, countConnections, watch);
  const durations = new Histogram({
    name: 'graphql_request_duration_seconds',
    help: `GraphQL requests by the name of their operation and by outcome: ${outcomes.join(', ')}.`,
    labelNames: ['operation', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const errors = new Counter({
    name: 'graphql_errors_total',
    help: 'Errors in answers by code: the platform’s number of a typed error, or extensions.code.',
    labelNames: ['code'],
    registers,
  });
  // From the start: the first one of them would else be no increase.
  for (const code of ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']) errors.inc({ code }, 0);
  const refused = new Counter({
    name: 'graphql_operations_refused_total',
    help: 'Operations that were refused with TOO_MANY_REQUESTS.',
    registers,
  });
  if (isReady) {
    new Gauge({
      name: 'badge_groups_ready',
      help: 'Whether the service can serve: 1 where /ready says 200.',
      registers,
      async collect() {
        this.set(Number(await isReady()));
      },
    });
  }
  if (countTurns) {
    new Gauge({
      name: 'graphql_operations',
      help: 'Operations that are at work, and that wait for their turn.',
      labelNames: ['state'],
      registers,
      collect() {
        const { atWork, waiting } = countTurns();
        this.set({ state: 'at_work' }, atWork);
        this.set({ state: 'waiting' }, waiting);
      },
    });
  }
  if (countReads) {
    new Counter({
      name: 'database_reads_total',
      help: 'Statements that read, by who has answered: the replica, or the primary, because the replica was behind, away or gave up.',
      labelNames: ['by'],
      registers,
      collect() {
        this.reset();
        for (const [by, count] of Object.entries(countReads())) this.inc({ by }, count);
      },
    });
  }
  const nameOperation = createOperationNamer((operation) => {
    for (const outcome of outcomes) durations.remove({ operation, outcome });
  });

  return {
    observe(request) {
      const labels = { operation: nameOperation(request), outcome: nameOutcome(request) };
      durations.observe(labels, request.ms / 1_000);
      if (request.status === 429) refused.inc();
      for (const code of request.codes) errors.inc({ code: String(code) });
    },
    async listener({ method, url, headers }, response) {
      response.setHeader('x-request-id', readRequestId(headers['x-request-id']?.toString()));
      const [path] = url?.split('?') ?? [];
      if ((method !== 'GET' && method !== 'HEAD') || path !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      try {
        const text = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType }).end(method === 'GET' ? text : '');
      } catch {
        // Nothing that is asked of metrics may end the process.
        response.writeHead(500).end();
      }
    },
  };
}

function nameOutcome({ codes }: AnsweredRequest): (typeof outcomes)[number] {
  if (codes.includes('INTERNAL_SERVER_ERROR')) return 'fault';
  if (codes.includes('SERVICE_UNAVAILABLE')) return 'unavailable';
  if (codes.some((code) => typeof code !== 'number')) return 'refused';
  return codes.length > 0 ? 'typed_error' : 'ok';
}
