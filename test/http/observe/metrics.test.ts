import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../../src/http/observe/metrics.ts';
import type { AnsweredRequest } from '../../../src/http/observe/request-log.ts';

const answered: AnsweredRequest = { operation: 'Groups', orgId: 1, status: 200, codes: [], ms: 12 };

describe('The metrics', () => {
  test.each([
    [[], 'ok'],
    [[735, 733], 'typed_error'],
    [[735, 'BAD_USER_INPUT'], 'refused'],
    [['UNAUTHENTICATED'], 'refused'],
    [[undefined], 'refused'],
    [[735, 'SERVICE_UNAVAILABLE'], 'unavailable'],
    [['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'], 'fault'],
  ])('take an answer with the codes %j for %s', async (codes, outcome) => {
    const { observe, read } = await serve();
    observe({ ...answered, codes });
    expect(await read()).toContain(
      `graphql_request_duration_seconds_count{operation="Groups",outcome="${outcome}"} 1`,
    );
  });

  test('count durations in seconds, and errors by code', async () => {
    const { observe, read } = await serve();
    observe({ ...answered, codes: [735, 733] });
    observe({ ...answered, codes: [735] });
    const lines = await read();
    const labels = 'operation="Groups",outcome="typed_error"';
    expect(lines).toEqual(
      expect.arrayContaining([
        `graphql_request_duration_seconds_bucket{le="0.01",${labels}} 0`,
        `graphql_request_duration_seconds_bucket{le="0.025",${labels}} 2`,
        `graphql_request_duration_seconds_sum{${labels}} 0.024`,
        'graphql_errors_total{code="735"} 2',
        'graphql_errors_total{code="733"} 1',
      ]),
    );
  });

  test('tell a hundred names of operations apart, and none that only strangers use', async () => {
    const { observe, read } = await serve();
    observe({ ...answered, operation: undefined });
    for (let index = 0; index < 200; index += 1) {
      observe({ ...answered, orgId: undefined, operation: `Stranger${index}` });
    }
    for (let index = 0; index < 150; index += 1) observe({ ...answered, operation: `Caller${index}` });
    observe({ ...answered, orgId: undefined, operation: 'Caller99' });
    const counts = (await read()).filter((line) => line.startsWith('graphql_request_duration_seconds_count'));
    expect(counts).toHaveLength(102);
    expect(counts.map((line) => line.replace(/.*operation="(.*?)".* /, '$1 '))).toEqual(
      expect.arrayContaining(['(none) 1', '(other) 250', 'Caller0 1', 'Caller99 2']),
    );
  });

  test('say how the pool stands, where there is one', async () => {
    const counts = { used: 3, idle: 2, waiting: 1 };
    const { read } = await serve(createMetrics(() => counts));
    expect(await read()).toEqual(
      expect.arrayContaining([
        'database_pool{state="used"} 3',
        'database_pool{state="idle"} 2',
        'database_pool{state="waiting"} 1',
      ]),
    );
    counts.used = 4;
    expect(await read()).toContain('database_pool{state="used"} 4');
    expect((await (await serve()).read()).join()).not.toContain('database_pool');
  });

  test('say how late the event loop is, and what the process uses', async () => {
    const text = (await (await serve()).read()).join('\n');
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} [\\d.e-]+$`, 'm'));
    }
  });

  test.each([
    ['GET', '/metrics', 200],
    ['HEAD', '/metrics', 200],
    ['GET', '/metrics?x=1', 200],
    ['HEAD', '/metrics?', 200],
    ['POST', '/metrics', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/x/metrics', 404],
    ['GET', '/?/metrics', 404],
    ['GET', '/', 404],
    ['GET', '/graphql', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const { url } = await serve();
    expect((await fetch(new URL(path, url), { method })).status).toBe(status);
  });
});

/** Serves metrics on a socket while the running test runs; `read` gives their lines. */
async function serve(metrics = createMetrics()) {
  const server = createServer(metrics.listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  const read = async () => {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return (await response.text()).split('\n');
  };
  return { observe: metrics.observe, url, read };
}
