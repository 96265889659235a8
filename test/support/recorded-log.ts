import { Writable } from 'node:stream';
import { type LevelWithSilent, pino } from 'pino';

/** A logger, and the lines that it has written. */
export function recordLog(level: LevelWithSilent) {
  const log: string[] = [];
  const lines = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  return { logger: pino({ level }, lines), log };
}
