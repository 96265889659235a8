/**
 * What one org gets while others ask for as much as they can: a quiet org lists 20 groups over four connections, again
 * and again, and beside it a flood of 200 connections. A table on stdout; for people to read, it judges nothing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readWords } from '../../../src/commands/words.ts';
import { readArguments, readCount } from '../../support/arguments.ts';
import { root } from '../../support/process.ts';
import { basic } from '../../support/service.ts';
import { askAgain, type Task } from './ask-again.ts';
import { startFloodedService } from './flooded-service.ts';
import type { Figures } from './observed.ts';
import {
  broken,
  circular,
  counts,
  createAnother,
  introspect,
  introspectTooMuch,
  listOf,
  misspelt,
  reorderOf,
  search,
  searches,
} from './operations.ts';

const usage =
  'Usage: npm run bench:flood -- [--seconds N] [--only PATTERN] [--groups N] [--unpinned] [--checkout DIR]';
const { seconds, only, groups, pinned, checkout } = readArguments(usage, (args) => {
  const text = { type: 'string' } as const;
  const { options } = readWords('bench:flood', args, {
    options: { seconds: text, only: text, groups: text, unpinned: { type: 'boolean' }, checkout: text },
  });
  return {
    seconds: readCount('--seconds', options.seconds, 5),
    only: new RegExp(options.only ?? ''),
    groups: readCount('--groups', options.groups, 20_000),
    pinned: !options.unpinned,
    checkout: options.checkout ?? root,
  };
});
/** A flood begins before it is measured what it leaves to others: the first answers take longer. */
const headStart = 2;

const { url, quiet, loud, large, stop } = await startFloodedService(checkout, { pinned, groups });
try {
  const one = loud.slice(0, 1);
  const many = { connections: 200 };
  const few = { connections: 8 };
  const ofLarge = { authorizations: [large] };
  type Flood = Omit<Task, 'url' | 'seconds'>;
  const floods: readonly [string, Flood | undefined, string?][] = [
    ['alone', undefined],
    ['lists of 1,000, by one org', { authorizations: one, body: listOf(1_000), ...many }],
    ['lists of 1,000, by ten orgs', { authorizations: loud, body: listOf(1_000), ...many }],
    ['lists of 20, by one org', { authorizations: one, body: listOf(20), ...many }],
    ['creates, by one org', { authorizations: one, body: createAnother, ...many }],
    ['25 searches', { ...ofLarge, body: searches, connections: 8 }],
    ['25 counts', { ...ofLarge, body: counts, connections: 8 }],
    ['searches', { ...ofLarge, body: search, ...many }],
    ['reorders of 1,000', { ...ofLarge, body: reorderOf(1_000), connections: 50 }],
    ['creates, beside nobody', undefined, createAnother],
    [
      'creates, beside reorders of 1,000',
      { ...ofLarge, body: reorderOf(1_000), connections: 50 },
      createAnother,
    ],
    ['wrong credentials', { authorizations: [basic('nobody', 'wrong')], body: listOf(1_000), ...many }],
    ['misspelt documents, no credentials', { authorizations: [''], body: misspelt, ...many }],
    ['the schema, no credentials', { authorizations: [''], body: introspect(1), ...few }],
    ['the schema twenty times, no credentials', { authorizations: [''], body: introspect(20), ...few }],
    [
      'more of it than is answered, no credentials',
      { authorizations: [''], body: introspectTooMuch, ...few },
    ],
    ['fragments that go in circles, no credentials', { authorizations: [''], body: circular, ...few }],
    ['broken bodies of 99 kB, no credentials', { authorizations: [''], body: broken, ...many }],
    ['connections that send nothing', { authorizations: [], body: '', connections: 1_000 }],
  ];
  console.log(`| beside it | lists/s | p50 / p99, ms | refused | flood: done/s | refused/s | refused after p99, ms |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |`);
  for (const [title, flood, body = listOf(20)] of floods.filter(([title]) => only.test(title))) {
    const flooder = flood && (await startFlood({ ...flood, url, seconds: headStart + seconds }));
    const own = await askAgain({ url, authorizations: [quiet], body, connections: 4, seconds });
    const others = await flooder?.end();
    const columns = [
      title,
      own.done.rate.toFixed(0),
      `${own.done.p50.toFixed(0)} / ${own.done.p99.toFixed(0)}`,
      ((own.refused.rate + own.failed.rate) * seconds).toFixed(0),
      others?.done.rate.toFixed(0) ?? '–',
      others ? (others.refused.rate + others.failed.rate).toFixed(0) : '–',
      others ? Math.max(others.refused.p99, others.failed.p99).toFixed(0) : '–',
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
} finally {
  await stop();
}

/** In a process of its own; returns once it has begun. */
async function startFlood(task: Task): Promise<{ end(): Promise<Figures> }> {
  const child = fork(join(import.meta.dirname, 'flooder.ts'), [JSON.stringify(task), String(headStart)]);
  await once(child, 'message');
  const figures = once(child, 'message');
  return {
    async end() {
      const [result] = await figures;
      return result;
    },
  };
}
