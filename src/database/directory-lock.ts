import { statSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../config/start-error.ts';

export interface DirectoryLock {
  release(): void;
}

const sqliteBusy = 5;

/**
 * Keeps `directory`, made where there is none, to this process until `release`, or until the process ends, however it
 * ends. The operating system holds the lock (on a file, through SQLite, which knows how on every platform), so there is
 * never a stale one to take over. Waits up to `patienceMs` for another holder. Throws StartError then, and where the
 * directory cannot be made or written.
 */
export async function lockDirectory(directory: string, patienceMs = 3_000): Promise<DirectoryLock> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const lock = await makeDirectory(directory)
      // The lock alone would be had where nothing else can be written.
      .then(() => access(directory, constants.W_OK))
      .then(() => tryLock(join(directory, 'lock')))
      .catch((error: Error) => {
        throw new StartError(
          `DATA_DIR is "${directory}", which cannot be used: ${error.message}. Name a directory that the service may make and write.`,
        );
      });
    if (lock !== undefined) return lock;
    if (performance.now() > deadline) {
      throw new StartError(
        `DATA_DIR is "${directory}", which another process is using: stop that one, or give this one a DATA_DIR of its own.`,
      );
    }
    await sleep(100);
  }
}

/** Not by Node's `recursive`, which never ends where a directory takes none and says ENOENT, as in /proc. */
async function makeDirectory(path: string): Promise<void> {
  if (isDirectory(path)) return;
  await makeDirectory(dirname(path));
  // Another process may have been first.
  await mkdir(path, { mode: 0o700 }).catch((error) => {
    if (!isDirectory(path)) throw error;
  });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
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
