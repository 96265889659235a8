import { fstatSync, write as writeToFile } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Where pino writes its lines. */
export interface LogDestination {
  write(line: string): void;
  /** Writes at once from now on, and waits until every line is written, for ever where nobody takes them. */
  finish(): Promise<void>;
}

/** Writes some of the bytes and says how many; rejects when none can be written for now. */
export type WriteBytes = (bytes: Buffer) => Promise<number>;

const maxWaitingBytes = 4_000_000;
/** To wake the thread that writes costs as much as a few small requests: it is done twenty times a second at most. */
const batchMs = 50;
const retryMs = 250;

/**
 * Lines for stdout, on which nothing ever waits: those that come within 50 ms of a write, or while it goes on, go
 * together in the next one. Of what waits, and is more than `maxBytes`, the oldest lines are dropped; a line in their
 * place says how many. What cannot be written (a disk that is full, a reader that is gone) is tried again until it can.
 */
export function createLogDestination(
  write: WriteBytes = openStdout(),
  maxBytes = maxWaitingBytes,
): LogDestination {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let writing: Promise<void> | undefined;
  let nextAt = 0;
  const end = new AbortController();

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const wait = Math.max(0, nextAt - performance.now());
      await sleep(wait, undefined, { signal: end.signal }).catch(() => {});
      nextAt = performance.now() + batchMs;
      await writeWhole(takeBatch(), write);
    }
    writing = undefined;
  }

  function takeBatch(): Buffer {
    const lines = dropped > 0 ? [describeGap(dropped), ...waiting] : waiting;
    waiting = [];
    waitingBytes = 0;
    dropped = 0;
    return Buffer.from(lines.join(''));
  }

  function dropOldest(): void {
    waitingBytes -= Buffer.byteLength(waiting.shift() ?? '');
    dropped += 1;
  }

  return {
    write(line) {
      waiting.push(line);
      waitingBytes += Buffer.byteLength(line);
      while (waitingBytes > maxBytes) dropOldest();
      writing ??= writeAll();
    },
    async finish() {
      end.abort();
      await writing;
    },
  };
}

async function writeWhole(bytes: Buffer, write: WriteBytes): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(await write(rest));
    } catch {
      await sleep(retryMs, undefined, { ref: false });
    }
  }
}

function describeGap(dropped: number): string {
  const msg = 'Lines of the log were dropped here: they came faster than they were taken';
  return `${JSON.stringify({ level: 40, time: new Date().toISOString(), dropped, msg })}\n`;
}

/**
 * A pipe is Node's to write to: it waits for a reader without a thread. To a file or a terminal Node writes while
 * everything else stands still; a thread of the pool does not.
 */
function openStdout(): WriteBytes {
  const stdout = fstatSync(1);
  if (stdout.isFIFO() || stdout.isSocket()) {
    // The callback of the write has the error, too.
    process.stdout.on('error', () => {});
    return (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve(bytes.length)));
      });
  }
  const writeToFd = promisify(writeToFile);
  return async (bytes) => (await writeToFd(1, bytes)).bytesWritten;
}
