/**
 * What grows with the number of groups, with time and with nothing at all: lists and pages in tables and orgs of many
 * sizes, memory under load, the time to the first answer. For people to read; it judges nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWords } from '../../../src/commands/words.ts';
import { readArguments, readCount } from '../../support/arguments.ts';
import { createContestants } from '../contestants.ts';
import { openBenchServer } from '../database.ts';
import { installPeers } from '../install.ts';
import { chooseTool } from '../load/load.ts';
import { describeMachine, pinToOtherCores } from '../machine.ts';
import { finite } from '../rounds.ts';
import { createGrowthReport, type Growth } from './growth-report.ts';
import { measurePages } from './pages.ts';
import { measureMemory, measureStarts } from './processes.ts';
import { fillOrgs, measureOrgs, measureTables, powersOfTen } from './sizes.ts';

const usage = 'Usage: npm run bench:growth -- [--quick] [--minutes N] [--database-url URL] [--json FILE]';
const { minutes, largestTable, databaseUrl, json } = readArguments(usage, (args) => {
  const text = { type: 'string' } as const;
  const { options } = readWords('bench:growth', args, {
    options: { quick: { type: 'boolean' }, minutes: text, 'database-url': text, json: text },
  });
  return {
    minutes: readCount('--minutes', options.minutes, options.quick ? 2 : 10),
    largestTable: options.quick ? 1e6 : 1e7,
    databaseUrl: options['database-url'],
    json: options.json,
  };
});
const orgSizes = powersOfTen(1, 1e6);

installPeers();
const pinning = pinToOtherCores();
const logs = mkdtempSync(join(tmpdir(), 'badge-groups-bench-'));
const place = { log: join(logs, 'log'), pinning };
const server = await openBenchServer(databaseUrl);
try {
  say('Filling an org of 1,000,000 groups, and smaller ones …');
  await using orgs = new AsyncDisposableStack();
  const service = await fillOrgs(server, orgSizes);
  orgs.defer(() => service.close());
  say('Measuring pages and orgs …');
  const pages = await measurePages(service, orgSizes.length, 1e6);
  const byOrg = await measureOrgs(service, orgSizes);
  say(`Filling and measuring tables of up to ${largestTable.toLocaleString('en')} groups …`);
  const byTable = await measureTables(server, largestTable);
  say('Starting every contestant …');
  const contestants = await createContestants(server, undefined);
  const starts = await measureStarts(contestants, place);
  say(`Loading the service for ${minutes} minutes …`);
  const ours = contestants.filter(({ name }) => name === 'service');
  const [memory = []] = await Promise.all(
    ours.map((own) => measureMemory(own, minutes, chooseTool(undefined), place)),
  );
  const growth: Growth = { pages, byOrg, byTable, starts, memory };
  const machine = { ...describeMachine(pinning), postgres: server.version };
  if (json !== undefined) {
    const text = JSON.stringify({ machine, ...growth }, (_, value) => finiteOnly(value), 2);
    writeFileSync(json, `${text}\n`);
  }
  console.log(createGrowthReport(growth, machine));
} finally {
  await server.stop();
  rmSync(logs, { recursive: true });
}

function say(line: string): void {
  console.error(line);
}

function finiteOnly(value: unknown): unknown {
  return typeof value === 'number' ? finite(value) : value;
}
