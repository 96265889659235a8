import type { RequestListener } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ConnectionCounts } from '../../database/connections.ts';
import type { TurnCounts } from '../operation/turns.ts';
import { createOperationNamer } from './operation-names.ts';
import type { AnsweredRequest } from './request-log.ts';

export interface Metrics {
  observe(request: AnsweredRequest): void;
  /** Answers `GET /metrics`, in the text format of Prometheus. */
  readonly listener: RequestListener;
}

/** What is read when metrics are asked for. */
export interface Counts {
  countConnections?(): ConnectionCounts;
  countTurns?(): TurnCounts;
}

const outcomes = ['ok', 'typed_error', 'refused', 'unavailable', 'fault'] as const;

/** Counts what is answered, and reads `counts` and the process when it is asked. */
export function createMetrics({ countConnections, countTurns }: Counts = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
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
  if (countConnections) {
    new Gauge({
      name: 'database_pool',
      help: 'Connections to the database that are used (some of them stuck) and idle, and statements waiting for one.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(countConnections())) this.set({ state }, count);
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
    new Counter({
      name: 'graphql_operations_refused_total',
      help: 'Operations that were refused with TOO_MANY_REQUESTS.',
      registers,
      collect() {
        this.reset();
        this.inc(countTurns().refused);
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
      for (const code of request.codes) errors.inc({ code: String(code) });
    },
    async listener({ method, url }, response) {
      const [path] = url?.split('?') ?? [];
      if ((method !== 'GET' && method !== 'HEAD') || path !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(method === 'GET' ? text : '');
    },
  };
}

function nameOutcome({ codes }: AnsweredRequest): (typeof outcomes)[number] {
  if (codes.includes('INTERNAL_SERVER_ERROR')) return 'fault';
  if (codes.includes('SERVICE_UNAVAILABLE')) return 'unavailable';
  if (codes.some((code) => typeof code !== 'number')) return 'refused';
  return codes.length > 0 ? 'typed_error' : 'ok';
}
