import { setImmediate as nextRound, setTimeout as sleep } from 'node:timers/promises';
import type { LogDestination } from './log-destination.ts';

const patienceMs = 1_000;

/** Ends the process when its log and stderr are written, or 1 s later, should nobody take them. */
export async function endProcess(code: number, log: LogDestination): Promise<never> {
  const written = new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
  await Promise.race([Promise.all([log.finish(), written]), sleep(patienceMs)]);
  // Until then the pool has what it has just written.
  await nextRound();
  endAtOnce(code);
}

/**
 * Ends the process now. Node's own exit waits for the threads of its pool, and one may be stuck: on a disk, on a
 * terminal that is stopped, in the look-up of a name. A program that takes the place of this one waits for nothing.
 */
export function endAtOnce(code: number): never {
  const usesPool = process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo)/.test(name));
  if (!usesPool || process.execve === undefined) process.exit(code);
  // It is experimental, which it says on stderr.
  process.removeAllListeners('warning');
  return process.execve(process.execPath, [process.execPath, '-e', `process.exit(${code})`], {});
}
