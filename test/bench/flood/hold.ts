/**
 * How long the greatest operations that are admitted hold the event loop, as `monitorEventLoopDelay` sees it (by the
 * service's metric of it; 10 ms of each figure are its resolution): when they come for the first time to a process that
 * has just started, and later. A table on stdout; it judges nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { getIntrospectionQuery } from 'graphql';
import { readWords } from '../../../src/commands/words.ts';
import { readArguments } from '../../support/arguments.ts';
import { findFreePort } from '../../support/postgres-server.ts';
import { root } from '../../support/process.ts';
import { startFloodedService } from './flooded-service.ts';
import { wholeGroup, write } from './operations.ts';

readArguments('Usage: npm run bench:hold', (args) => readWords('bench:hold', args));

const repeat = (count: number, field: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => field(index)).join(' ');
const aliases = (count: number, field: string) => repeat(count, (index) => `a${index}: ${field}`);
const page = (fields: string) => `badgeGroupsConnection(first: 1000) { ${fields} }`;
const history = (first: number, fields: string) => `history(first: ${first}) { ${fields} }`;
const create = (index: number) => `c${index}: createBadgeGroup(input: { name: "${index}", rank: 1 })`;

const operations: readonly [string, string][] = [
  [
    'two lists of 1,000 whole groups',
    `{ a: badgeGroups { ${wholeGroup} } b: badgeGroups { ${wholeGroup} } }`,
  ],
  ['a list of 1,000 with 29 dates each', `{ badgeGroups { ${aliases(29, 'lastUpdatedOnISO')} } }`],
  ['25 lists of 1,000', `{ ${repeat(25, (index) => `l${index}: badgeGroups { id }`)} }`],
  [
    'two pages of 1,000 whole groups',
    `{ a: ${page(`edges { node { ${wholeGroup} } }`)} b: ${page(`edges { node { ${wholeGroup} } }`)} }`,
  ],
  [
    'a page of 1,000 with 27 dates each',
    `{ ${page(`edges { node { ${aliases(27, 'lastUpdatedOnISO')} } }`)} }`,
  ],
  ['a page of 1,000 with 28 cursors each', `{ ${page(`edges { ${aliases(28, 'cursor')} }`)} }`],
  [
    'a page of 1,000 with 14 nodes each',
    `{ ${page(`edges { ${repeat(14, (index) => `n${index}: node { id }`)} }`)} }`,
  ],
  [
    '1,000 groups with two empty histories each',
    `{ badgeGroups { ${aliases(2, history(0, '__typename'))} } }`,
  ],
  [
    '1,000 groups with two last changes each',
    `{ badgeGroups { ${aliases(2, history(1, 'edges { cursor }'))} } }`,
  ],
  [
    '1,000 groups with a history of four dates each',
    `{ badgeGroups { ${history(4, 'edges { node { changedOnISO } }')} } }`,
  ],
  ['the schema, as tools ask for it', getIntrospectionQuery()],
  [
    'the schema, twenty times',
    `{ ${aliases(20, '__schema { types { name fields { name args { name } } } }')} }`,
  ],
  [
    '25 creates',
    `mutation { ${repeat(25, (index) => `${create(index)} { ... on BadgeGroup { ${wholeGroup} } }`)} }`,
  ],
];

const metricsPort = String(await findFreePort());
const { url, quiet, stop } = await startFloodedService(root, { env: { METRICS_PORT: metricsPort } });
try {
  console.log(
    '| operation | answer, kB | held at first, ms | held at most of 20 more, ms |\n| --- | ---: | ---: | ---: |',
  );
  for (const [title, query] of operations) {
    const { text, held } = await ask(query, 1);
    const { held: later } = await ask(query, 20);
    console.log(`| ${title} | ${Math.round(text.length / 1_000)} | ${held} | ${later} |`);
  }
} finally {
  await stop();
}

async function ask(query: string, times: number): Promise<{ text: string; held: string }> {
  let text = '';
  // The figure is of the time since it was read last.
  await readDelay();
  for (let time = 0; time < times; time += 1) {
    const headers = { authorization: quiet, 'content-type': 'application/json' };
    text = await (await fetch(url, { method: 'POST', headers, body: write(query) })).text();
    if (!text.startsWith('{"data":')) throw new Error(`Not admitted: ${text.slice(0, 500)}`);
  }
  await sleep(50);
  return { text, held: ((await readDelay()) * 1_000).toFixed(0) };
}

async function readDelay(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(metrics)?.[1]);
}
