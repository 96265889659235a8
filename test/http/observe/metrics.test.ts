import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Watch } from '../../../src/database/watch.ts';
import { createMetrics } from '../../../src/http/observe/metrics.ts';
import type { AnsweredRequest } from '../../../src/http/observe/request-log.ts';
import { root } from '../../support/process.ts';

const answered: AnsweredRequest = {
  operation: 'Groups',
  orgId: 1,
  userId: 1,
  status: 200,
  codes: [],
  ms: 12,
};

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

  describe('tell the operations apart by name', () => {
    afterEach(() => vi.restoreAllMocks());

    test('a hundred of many callers, and none that only strangers use', async () => {
      const { observe, countOperations } = await serve();
      observe({ ...answered, operation: undefined });
      for (let index = 0; index < 200; index += 1) {
        observe({ ...answered, orgId: undefined, userId: undefined, operation: `Stranger${index}` });
      }
      for (let index = 0; index < 150; index += 1) {
        observe({ ...answered, orgId: index, userId: index, operation: `Caller${index}` });
      }
      observe({ ...answered, orgId: undefined, userId: undefined, operation: 'Caller99' });
      const counts = await countOperations();
      expect(counts.size).toBe(102);
      expect(counts.get('(none)')).toBe(1);
      expect(counts.get('(other)')).toBe(250);
      expect(counts.get('Caller0')).toBe(1);
      expect(counts.get('Caller99')).toBe(2);
    });

    test('of others too when one caller, or one org, brings as many as it likes', async () => {
      const { observe, countOperations } = await serve();
      const bring = (name: string, orgId: number, userId: number) => {
        for (let index = 0; index < 60; index += 1) {
          observe({ ...answered, orgId, userId, operation: `${name}${index}` });
        }
      };
      bring('Caller', 1, 1);
      expect((await countOperations()).size).toBe(34 + 1);
      observe({ ...answered, orgId: 1, userId: 2, operation: 'SameOrg' });
      expect((await countOperations()).get('SameOrg')).toBe(1);
      for (let userId = 3; userId < 100; userId += 1) bring(`Caller${userId}-`, 1, userId);
      expect((await countOperations()).size).toBe(50 + 1);
      bring('OtherOrg', 2, 1);
      observe({ ...answered, orgId: 3, userId: 1, operation: 'ThirdOrg' });
      expect((await countOperations()).get('ThirdOrg')).toBe(1);
      expect((await countOperations()).get('OtherOrg0')).toBe(1);
    });

    test('until one that nobody has used for an hour makes room, wholly, for another', async () => {
      const { observe, read, countOperations } = await serve();
      const from = performance.now();
      const now = vi.spyOn(performance, 'now').mockReturnValue(from);
      for (let index = 0; index < 34; index += 1)
        observe({ ...answered, operation: `Old${index}`, codes: [735] });
      now.mockReturnValue(from + 3_599_000);
      observe({ ...answered, operation: 'Old0' });
      observe({ ...answered, operation: 'New' });
      expect((await countOperations()).get('New')).toBeUndefined();
      now.mockReturnValue(from + 3_600_000);
      observe({ ...answered, operation: 'New' });
      const counts = await countOperations();
      expect(Object.fromEntries(counts)).toEqual({ Old0: 2, New: 1, '(other)': 1 });
      expect((await read()).join()).not.toContain('Old1');
      observe({ ...answered, operation: 'Old1' });
      expect((await countOperations()).get('Old1')).toBe(1);
    });

    test('however long nobody has used one, as long as there is room', async () => {
      const { observe, countOperations } = await serve();
      observe({ ...answered, operation: 'Nightly' });
      const later = performance.now() + 86_400_000;
      vi.spyOn(performance, 'now').mockReturnValue(later);
      observe({ ...answered, operation: 'Other' });
      observe({ ...answered, operation: 'Nightly' });
      expect((await countOperations()).get('Nightly')).toBe(2);
    });
  });

  test('say how the pool stands, where there is one', async () => {
    const counts = { size: 10, used: 3, stuck: 1, idle: 2, waiting: 1 };
    const { read } = await serve(createMetrics({ countConnections: () => counts }));
    expect(await read()).toEqual(
      expect.arrayContaining([
        'database_pool{state="used"} 3',
        'database_pool{state="stuck"} 1',
        'database_pool{state="idle"} 2',
        'database_pool_size 10',
        'database_statements_waiting 1',
      ]),
    );
    Object.assign(counts, { used: 4, waiting: 5 });
    expect(await read()).toEqual(
      expect.arrayContaining(['database_pool{state="used"} 4', 'database_statements_waiting 5']),
    );
    expect((await read()).join()).not.toContain('state="waiting"');
    expect((await (await serve()).read()).join()).not.toContain('database_');
  });

  test('tell the waits for connections apart from the statements on them, in seconds', async () => {
    const watch: Watch = new EventEmitter();
    const counts = { size: 10, used: 0, stuck: 0, idle: 0, waiting: 0 };
    const { read } = await serve(createMetrics({ countConnections: () => counts, watch }));
    watch.emit('wait', 'read', 0.05);
    watch.emit('wait', 'write', 2_000);
    watch.emit('statement', 'list_badge_groups', 3);
    watch.emit('statement', 'list_badge_groups', 12);
    expect(await read()).toEqual(
      expect.arrayContaining([
        'database_wait_duration_seconds_bucket{le="0.0001",kind="read"} 1',
        'database_wait_duration_seconds_bucket{le="1",kind="write"} 0',
        'database_wait_duration_seconds_sum{kind="write"} 2',
        'database_statement_duration_seconds_sum{statement="list_badge_groups"} 0.015',
        'database_statement_duration_seconds_count{statement="list_badge_groups"} 2',
      ]),
    );
  });

  test('say whether the service is ready, and tell of a fault of their own by 500', async () => {
    let isReady = async () => true;
    const { read, url } = await serve(createMetrics({ isReady: () => isReady() }));
    expect(await read()).toContain('badge_groups_ready 1');
    isReady = async () => false;
    expect(await read()).toContain('badge_groups_ready 0');
    isReady = () => Promise.reject(new Error('a fault'));
    expect((await fetch(url)).status).toBe(500);
  });

  test('say which version runs, on which Node', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const labels = `version="${version}",node_version="${process.version}"`;
    expect(await (await serve()).read()).toContain(`badge_groups_build_info{${labels}} 1`);
  });

  test('count faults from zero, so that the first one is an increase', async () => {
    expect(await (await serve()).read()).toEqual(
      expect.arrayContaining([
        'graphql_errors_total{code="INTERNAL_SERVER_ERROR"} 0',
        'graphql_errors_total{code="SERVICE_UNAVAILABLE"} 0',
      ]),
    );
  });

  test('have no gauge under the name of a counter', async () => {
    const lines = await (await serve()).read();
    const gauges = lines.flatMap((line) => /^# TYPE (\w+) gauge$/.exec(line)?.[1] ?? []);
    expect(gauges).toContain('nodejs_active_handles');
    expect(gauges.filter((name) => name.endsWith('_total'))).toEqual([]);
  });

  test('say who has answered reads, where there is a replica', async () => {
    const counts = { replica: 3, behind: 2, away: 1, repeated: 0 };
    const { read } = await serve(createMetrics({ countReads: () => counts }));
    expect(await read()).toEqual(
      expect.arrayContaining([
        'database_reads_total{by="replica"} 3',
        'database_reads_total{by="behind"} 2',
        'database_reads_total{by="away"} 1',
        'database_reads_total{by="repeated"} 0',
      ]),
    );
    counts.replica = 5;
    expect(await read()).toContain('database_reads_total{by="replica"} 5');
    expect((await (await serve()).read()).join()).not.toContain('database_reads_total');
  });

  test('say which operations are at work and wait', async () => {
    const { read } = await serve(createMetrics({ countTurns: () => ({ atWork: 3, waiting: 2 }) }));
    expect(await read()).toEqual(
      expect.arrayContaining([
        'graphql_operations{state="at_work"} 3',
        'graphql_operations{state="waiting"} 2',
      ]),
    );
  });

  test('count whatever is answered with 429, wherever that was decided', async () => {
    const { observe, read } = await serve();
    expect(await read()).toContain('graphql_operations_refused_total 0');
    observe({ ...answered, status: 429, codes: ['TOO_MANY_REQUESTS'] });
    observe(answered);
    expect(await read()).toContain('graphql_operations_refused_total 1');
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
  ])('%s %s is answered with %i, and the id of the request', async (method, path, status) => {
    const { url } = await serve();
    const ask = async (id: string) => {
      const response = await fetch(new URL(path, url), { method, headers: { 'x-request-id': id } });
      return [response.status, response.headers.get('x-request-id')];
    };
    expect(await ask('a1')).toEqual([status, 'a1']);
    expect(await ask('no id')).toEqual([status, expect.stringMatching(/^[\da-f-]{36}$/)]);
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
  /** How many requests each operation has had, by its name. */
  const countOperations = async () => {
    const counts = new Map<string, number>();
    for (const line of await read()) {
      const [, name = '', count] =
        /^graphql_request_duration_seconds_count\{operation="(.*?)".* (\d+)$/.exec(line) ?? [];
      if (count !== undefined) counts.set(name, (counts.get(name) ?? 0) + Number(count));
    }
    return counts;
  };
  return { observe: metrics.observe, url, read, countOperations };
}
