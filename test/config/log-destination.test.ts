import { describe, expect, test } from 'vitest';
import { createLogDestination } from '../../src/config/log-destination.ts';
import { createLogger } from '../../src/config/logger.ts';

describe('The log', () => {
  test('writes the lines of one turn of the event loop at once, and those of a slow write after it', async () => {
    const slow = Promise.withResolvers<void>();
    const { logger, finish, writes } = open({ outcomes: [slow.promise] });
    for (const msg of ['a', 'b', 'c']) logger.info(msg);
    await expect.poll(() => writes).toHaveLength(1);
    for (const msg of ['d', 'e']) logger.info(msg);
    await new Promise(setImmediate);
    logger.info('f');
    slow.resolve();
    await finish();
    expect(writes.map(readMessages)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });

  test('goes on in the middle of a line that was written in part', async () => {
    const { logger, finish, writes } = open({ outcomes: [80, 1] });
    logger.info('ä'.repeat(50));
    await finish();
    const [whole = Buffer.of()] = writes;
    expect(writes).toEqual([whole, whole.subarray(80), whole.subarray(81)]);
  });

  test('is written whole and in order when its disk has room again', async () => {
    const full = new Error('ENOSPC: no space left on device, write');
    const { logger, finish, writes } = open({ outcomes: [full, full] });
    logger.info('a');
    await expect.poll(() => writes).toHaveLength(2);
    logger.info('b');
    await finish();
    expect(writes.map(readMessages)).toEqual([['a'], ['a'], ['a'], ['b']]);
  });

  test('keeps the newest lines of those that nobody takes, within its bound, and says how many it dropped', async () => {
    const slow = Promise.withResolvers<void>();
    const { logger, finish, writes } = open({ outcomes: [slow.promise], maxBytes: 10_000 });
    logger.info('first');
    await expect.poll(() => writes).toHaveLength(1);
    for (let index = 0; index < 1_000; index += 1) logger.info(`Zeile ${index} – ä`);
    slow.resolve();
    await finish();
    logger.info('last');
    await finish();

    const [first = '', kept = '', last = ''] = writes.map(String);
    expect([first, last].map(readMessages)).toEqual([['first'], ['last']]);
    const [gap = '', ...lines] = kept.trimEnd().split('\n');
    expect(JSON.parse(gap)).toEqual({
      level: 40,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      dropped: 1_000 - lines.length,
      msg: 'Lines of the log were dropped here: they came faster than they were taken',
    });
    expect(JSON.parse(lines.at(-1) ?? '').msg).toBe('Zeile 999 – ä');
    const bytes = Buffer.byteLength(`${lines.join('\n')}\n`);
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(bytes).toBeGreaterThan(9_900);
  });
});

/** A log whose writes end, one after the other, as `outcomes` say: in part, with an error or late; then at once. */
function open({
  outcomes,
  maxBytes,
}: {
  outcomes: readonly (number | Error | Promise<void>)[];
  maxBytes?: number;
}) {
  const writes: Buffer[] = [];
  async function write(bytes: Buffer): Promise<number> {
    const outcome = outcomes[writes.length];
    writes.push(bytes);
    if (outcome instanceof Error) throw outcome;
    if (typeof outcome === 'number') return outcome;
    await outcome;
    return bytes.length;
  }
  const destination = createLogDestination(write, maxBytes);
  return { logger: createLogger({ logLevel: 'info' }, destination), finish: destination.finish, writes };
}

function readMessages(lines: Buffer | string): unknown[] {
  return String(lines)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).msg);
}
