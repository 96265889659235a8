import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Watch } from '../../src/database/watch.ts';
import { createMetrics } from '../../src/http/observe/metrics.ts';
import { findMarkdown } from '../support/markdown.ts';
import { alertQueries, alertsText, findSelectors, panelQueries, type Query } from '../support/queries.ts';

const lines = await readMetrics();

describe.each([
  ['alert', alertQueries],
  ['panel', panelQueries],
] as [string, readonly Query[]][])('Each %s of deploy', (_kind, queries) => {
  test.each(queries)('asks for what /metrics shows: $of, $expression', (query) => {
    const selectors = findSelectors(query);
    expect(selectors).not.toEqual([]);
    // `up` is Prometheus' own.
    const missing = selectors.filter(({ name, labels }) => name !== 'up' && !isShown(name, labels));
    expect(missing).toEqual([]);
  });
});

test('A query for what nothing shows is found', () => {
  expect(isShown('graphql_requests_total', [])).toBe(false);
  expect(isShown('database_pool', ['state="waiting"'])).toBe(false);
  expect(isShown('database_pool', ['state="stuck"'])).toBe(true);
});

test('Each alert has a section in docs/running.md, to which it leads, and says what happens', () => {
  const sections = [...findMarkdown('docs/running.md').prose.matchAll(/^#### (BadgeGroups\w+)$/gm)];
  const names = alertQueries.map(({ of }) => of);
  expect(names.length).toBeGreaterThan(8);
  expect(sections.map(([, name]) => name)).toEqual(names);
  const links = [...alertsText.matchAll(/runbook_url: docs\/running\.md#(\w+)/g)].map(([, anchor]) => anchor);
  expect(links).toEqual(names.map((name) => name.toLowerCase()));
  expect(alertsText.match(/^ {10}summary: \S/gm)).toHaveLength(names.length);
});

/** A series of this name, with these labels among its own. */
function isShown(name: string, labels: readonly string[]): boolean {
  return lines.some(
    (line) => new RegExp(`^${name}[{ ]`).test(line) && labels.every((label) => line.includes(label)),
  );
}

/** The lines of /metrics after one request of each outcome. */
async function readMetrics(): Promise<string[]> {
  const watch: Watch = new EventEmitter();
  const metrics = createMetrics({
    countConnections: () => ({ size: 10, used: 0, stuck: 0, idle: 0, waiting: 0 }),
    countTurns: () => ({ atWork: 0, waiting: 0 }),
    isReady: async () => true,
    watch,
  });
  watch.emit('wait', 'read', 1);
  watch.emit('statement', 'list_badge_groups', 1);
  for (const code of ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE', 'BAD_USER_INPUT', 735]) {
    metrics.observe({ operation: 'Groups', orgId: 1, userId: 1, status: 200, codes: [code], ms: 1 });
  }
  const server = createServer(metrics.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  server.close();
  server.closeAllConnections();
  return text.split('\n');
}
