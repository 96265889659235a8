import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';

const isLinux = platform() === 'linux';
const ticksPerSecond = isLinux ? Number(execFileSync('getconf', ['CLK_TCK'])) : Number.NaN;

interface Stat {
  readonly parent: number;
  readonly command: string;
  /** CPU time in ticks: its own, with all its threads, and that of the children that have ended. */
  readonly own: number;
  readonly ended: number;
}

/** Undefined for a process that is not there. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const command = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), command, own: utime + stime, ended: cutime + cstime };
  } catch {
    return undefined;
  }
}

/** CPU seconds that a process has used; NaN where the system does not tell. */
export function readCpu(pid: number): number {
  return (isLinux ? (readStat(pid)?.own ?? Number.NaN) : Number.NaN) / ticksPerSecond;
}

/** CPU seconds of a process and all its children, those that have ended too. */
export function readFamilyCpu(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), stat: readStat(Number(name)) }));
  const ticks = stats.map(({ pid: other, stat }) => {
    if (other === pid) return (stat?.own ?? 0) + (stat?.ended ?? 0);
    return stat?.parent === pid ? stat.own : 0;
  });
  return ticks.reduce((sum, own) => sum + own, 0) / ticksPerSecond;
}

/** The postmaster of a backend, when that runs on this machine. */
export function findPostmaster(backend: number): number | undefined {
  const stat = isLinux ? readStat(backend) : undefined;
  return stat?.command.startsWith('postgres') ? stat.parent : undefined;
}

/** In MB; `peak` since its start. NaN where the system does not tell. */
export function readMemory(pid: number): { rss: number; peak: number } {
  const status = isLinux ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  const read = (name: string) =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rss: read('VmRSS'), peak: read('VmHWM') };
}
