import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** Which cores the servers and everything else have; undefined where the system cannot pin. */
export interface Pinning {
  readonly server: string;
  readonly others: string;
}

/** Keeps this process, and so all that it starts, off the servers' core: the last one. */
export function pinToOtherCores(): Pinning | undefined {
  if (!hasCommand('taskset')) return undefined;
  const cores = readOwnCores();
  const server = cores.pop();
  if (server === undefined || cores.length === 0) return undefined;
  const others = cores.join(',');
  execFileSync('taskset', ['-acp', others, String(process.pid)]);
  return { server, others };
}

/** Moves a process, and what it starts from now on, to the servers' core. */
export function moveToServerCore(pinning: Pinning | undefined, pid: number): void {
  if (pinning) execFileSync('taskset', ['-acp', pinning.server, String(pid)]);
}

/** A command line that runs on the servers' core. */
export function onServerCore(pinning: Pinning | undefined, command: readonly string[]): [string, string[]] {
  const [file = '', ...args] = pinning ? ['taskset', '-c', pinning.server, ...command] : command;
  return [file, args];
}

export function hasCommand(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function readOwnCores(): string[] {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  });
}

export function describeMachine(pinning: Pinning | undefined) {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    pinning: pinning
      ? `server on core ${pinning.server}, load and Postgres on ${pinning.others}`
      : 'not pinned',
    node: process.version,
  };
}

const peers = ['fastify', 'mercurius', 'graphql-jit', '@apollo/server', 'postgraphile'];
const plain = ['graphql-yoga', '@pothos/core', 'kysely', 'graphql', 'pg'];

/** Of the peers' packages, as they are installed. */
export function readPeerVersions(): Record<string, string> {
  const read = (name: string) => {
    const file = join(import.meta.dirname, 'node_modules', name, 'package.json');
    return JSON.parse(readFileSync(file, 'utf8')).version as string;
  };
  return Object.fromEntries([...peers, ...plain].map((name) => [name, read(name)]));
}
