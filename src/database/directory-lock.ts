import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../config/start-error.ts';

export interface DirectoryLock {
  release(): void;
}

const sqliteBusy = 5;

/**
 * Keeps `directory` to this process until `release`, or until the process ends, however it ends.
 * The operating system holds the lock (on a file, through SQLite, which knows how on every platform), so there is
 * never a stale one to take over. Waits up to `patienceMs` for another holder, then throws StartError.
 */
export async function lockDirectory(directory: string, patienceMs = 3_000): Promise<DirectoryLock> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const lock = tryLock(join(directory, 'lock'));
    if (lock !== undefined) return lock;
    if (performance.now() > deadline) {
      throw new StartError(
        `DATA_DIR is "${directory}", which another process is using: stop that one, or give this one a DATA_DIR of its own.`,
      );
    }
    await sleep(100);
  }
}

function tryLock(file: string): DirectoryLock | undefined {
  const sqlite = new DatabaseSync(file);
  try {
    sqlite.exec('begin exclusive');
    return { release: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined;
    throw error;
  }
}
