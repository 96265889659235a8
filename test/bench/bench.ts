/**
 * This service beside its peers and bare servers: each is a process on one core, all are loaded in turn, round by
 * round, and every answer is compared. Tables on stdout; for people to read, it judges nothing but wrong answers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failWithOneLine, StartError } from '../../src/config/start-error.ts';
import { type Contestant, createContestants } from './contestants.ts';
import { openBenchServer } from './database.ts';
import { installPeers } from './install.ts';
import { chooseTool } from './load/load.ts';
import { describeMachine, type Pinning, pinToOtherCores, readPeerVersions } from './machine.ts';
import { readOptions } from './options.ts';
import { readMemory } from './process-figures.ts';
import { createReport, type Memory } from './report.ts';
import { finite, measureRounds, type Running } from './rounds.ts';
import { ServerProcess } from './server-process.ts';
import { summarize } from './summary.ts';
import { workloadNames } from './workloads.ts';

const options = readOptions();
installPeers();
const pinning = pinToOtherCores();
const tool = chooseTool(options.load);
const logs = mkdtempSync(join(tmpdir(), 'badge-groups-bench-'));
const postgres = await openBenchServer(options.databaseUrl);
const running: Running[] = [];
try {
  console.error('Filling the tables …');
  const all = await createContestants(postgres, options.against);
  const names = choose(
    all.map(({ name }) => name),
    options.contestants,
  );
  const workloads = choose(workloadNames, options.workloads);
  for (const contestant of all) {
    if (names.includes(contestant.name)) running.push(await start(contestant, pinning));
  }

  const plan = { ...options, workloads, tool, postmaster: postgres.postmaster };
  const runs = await measureRounds(running, plan, (line) => console.error(line));

  const memory = new Map(running.map(({ name, server }) => [name, findMemory(server)]));
  const machine = describeMachine(pinning);
  const versions = { postgres: postgres.version, ...readPeerVersions() };
  const { rounds, seconds } = options;
  const summaries = summarize(runs);
  if (options.json !== undefined) {
    const figures = {
      machine,
      versions,
      tool,
      rounds,
      seconds,
      summaries,
      memory: Object.fromEntries(memory),
      runs,
    };
    writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(
    createReport(summaries, memory, [
      `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB; ${machine.pinning}; Node ${machine.node};`,
      `${peers.join(', ')};`,
      `${postgres.isOwn ? 'Postgres with its default durability' : 'a Postgres server that was given'};`,
      `${tool}, 32 connections, medians of ${rounds} rounds of ${seconds} s each.`,
    ]),
  );
} catch (error) {
  failWithOneLine(error);
} finally {
  for (const { server } of running) await server.stop();
  await postgres.stop();
  rmSync(logs, { recursive: true });
}

function choose<Name extends string>(names: readonly Name[], wanted: readonly string[] = names): Name[] {
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new StartError(`There is no "${unknown}" among ${names.join(', ')}.`);
  return names.filter((name) => wanted.includes(name));
}

async function start(contestant: Contestant, pinning: Pinning | undefined): Promise<Running> {
  const log = join(logs, `${contestant.name}.log`);
  return { ...contestant, server: await ServerProcess.start(contestant.command, { log, pinning }) };
}

function findMemory({ pid }: ServerProcess): Memory {
  const { rss, peak } = readMemory(pid);
  return { rss: finite(rss), peak: finite(peak) };
}
