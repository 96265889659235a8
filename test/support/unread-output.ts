import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from './directory.ts';

const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** A place for the output of a process, which nobody takes. */
export interface UnreadOutput {
  readonly fd: number;
  /** What the process has written, as far as it is there; '' where it can never be. */
  read(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A disk that is full. */
export async function openFullDisk(): Promise<UnreadOutput> {
  const fd = openSync('/dev/full', O_WRONLY);
  return { fd, read: () => '', [Symbol.asyncDispose]: async () => closeSync(fd) };
}

/** A pipe that is full, and whose reader stands still until it is asked to `read`. */
export async function openStalledPipe(): Promise<UnreadOutput> {
  const directory = await makeDirectory();
  const path = join(directory.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, O_RDWR | O_NONBLOCK);
  const fd = openSync(path, O_WRONLY);
  fillPipe(reader);
  return {
    fd,
    read: () => readPipe(reader).trimStart(),
    async [Symbol.asyncDispose]() {
      closeSync(reader);
      closeSync(fd);
      await directory.remove();
    },
  };
}

/** A pipe whose reader is gone. */
export async function openBrokenPipe(): Promise<UnreadOutput> {
  const directory = await makeDirectory();
  const path = join(directory.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  const fd = openSync(path, O_WRONLY);
  closeSync(reader);
  return {
    fd,
    read: () => '',
    async [Symbol.asyncDispose]() {
      closeSync(fd);
      await directory.remove();
    },
  };
}

function fillPipe(fd: number): void {
  const blanks = Buffer.alloc(4_096, '\n');
  while (tryTo(() => writeSync(fd, blanks)) !== undefined);
}

function readPipe(fd: number): string {
  const chunk = Buffer.alloc(65_536);
  let text = '';
  for (;;) {
    const count = tryTo(() => readSync(fd, chunk));
    if (count === undefined) return text;
    text += chunk.toString('latin1', 0, count);
  }
}

/** Undefined when it would have to wait. */
function tryTo(run: () => number): number | undefined {
  try {
    return run();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
