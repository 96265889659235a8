/**
 * What one org gets while others ask for as much as they can: a quiet org lists 20 groups over four connections, again
 * and again, and beside it a flood of 200 connections. A table on stdout; for people to read, it judges nothing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../support/process.ts';
import { basic } from '../../support/service.ts';
import { openBenchServer } from '../database.ts';
import { pinToOtherCores } from '../machine.ts';
import { readCount } from '../options.ts';
import { ServerProcess } from '../server-process.ts';
import { addClient, migrate, startCommand } from '../service.ts';
import { caller, fill, ourTable } from '../tables.ts';
import { askAgain, type Figures, type Task } from './ask-again.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    checkout: { type: 'string', default: root },
  },
});
const seconds = readCount(options.seconds, 5);
/** A flood begins before it is measured what it leaves to others: the first answers take longer. */
const headStart = 2;
const { checkout } = options;

const list =
  'query Groups($first: Int!) { badgeGroups(first: $first) { id name rank createdOnISO isActive } }';
const create =
  'mutation Create($name: String!) { createBadgeGroup(input: { name: $name, rank: 1 }) { __typename } }';
const ask = (query: string, variables: object) => JSON.stringify({ query, variables });

const logs = mkdtempSync(join(tmpdir(), 'badge-groups-flood-'));
const pinning = pinToOtherCores();
const postgres = await openBenchServer(undefined);
let server: ServerProcess | undefined;
try {
  const database = await postgres.create('flood');
  await migrate(checkout, database.url);
  await fill(database, ourTable);
  const quiet = await addClient(checkout, database.url, caller.orgId);
  const loud: string[] = [];
  for (let orgId = 1; orgId <= 10; orgId += 1) loud.push(await addClient(checkout, database.url, orgId));
  server = await ServerProcess.start(startCommand(checkout, database.url), {
    log: join(logs, 'log'),
    pinning,
  });

  const [first = ''] = loud;
  const wholeLists = ask(list, { first: 1_000 });
  const floods: [string, Omit<Task, 'url' | 'seconds'> | undefined][] = [
    ['alone', undefined],
    ['lists of 1,000, by one org', { authorizations: [first], body: wholeLists, connections: 200 }],
    ['lists of 1,000, by ten orgs', { authorizations: loud, body: wholeLists, connections: 200 }],
    [
      'lists of 20, by one org',
      { authorizations: [first], body: ask(list, { first: 20 }), connections: 200 },
    ],
    [
      'creates, by one org',
      { authorizations: [first], body: ask(create, { name: '@name@' }), connections: 200 },
    ],
    ['wrong credentials', { authorizations: [basic('nobody', 'wrong')], body: wholeLists, connections: 200 }],
    ['connections that send nothing', { authorizations: [], body: '', connections: 1_000 }],
  ];
  console.log(`| beside it | lists/s | p50 / p99, ms | refused | flood: done/s | refused/s | refused after, ms |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |`);
  for (const [title, flood] of floods.filter(([title]) => title.includes(options.only))) {
    const { url } = server;
    const flooder = flood && (await startFlood({ ...flood, url, seconds: headStart + seconds }));
    const own = await askAgain({
      url,
      authorizations: [quiet],
      body: ask(list, { first: 20 }),
      connections: 4,
      seconds,
    });
    const others = await flooder?.end();
    const columns = [
      title,
      Math.round(own.done / seconds),
      `${own.p50.toFixed(0)} / ${own.p99.toFixed(0)}`,
      own.refused,
      others ? Math.round(others.done / (headStart + seconds)) : '–',
      others ? Math.round(others.refused / (headStart + seconds)) : '–',
      others ? others.refusedAfter.toFixed(0) : '–',
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
} finally {
  await server?.stop();
  await postgres.stop();
  rmSync(logs, { recursive: true });
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
