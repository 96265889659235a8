import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { useService } from '../../support/service.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const requests = 250;
const comment = `# ${'x'.repeat(99_000)}`;

describe('what is remembered of documents', () => {
  const held = useService('the embedded database');

  test.each([
    ['valid ones of strangers', false, (index: number) => `{ a${index}: __typename } ${comment}`],
    ['wrong ones of strangers', false, (index: number) => `{ a${index} ${comment}`],
    ['long ones of callers', true, (index: number) => `{ a${index}: __typename } ${comment}`],
    ['wrong ones of callers', true, (index: number) => `{ a${index} ${comment}`],
    ['invalid ones of callers', true, (index: number) => `{ nothing${index} } ${comment}`],
    [
      'dense ones of callers',
      true,
      (index: number) =>
        `{ ${Array.from({ length: 25 }, (_, top) => `t${top}x${index}: badgeGroup(id: 1) { ${'a:id '.repeat(9)} }`)} }`,
    ],
  ])('is bounded: %s', async (_title, hasCredentials, write) => {
    const { authorization } = await held.service.addCaller();
    const headers = hasCredentials ? { authorization } : {};
    const send = async (count: number) => {
      for (let index = 0; index < count; index += 1) await held.service.execute(write(index), {}, headers);
      held.service.log.length = 0;
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await send(5);
    const after = await send(requests);
    // Each of them alone would take a tenth of a megabyte or more.
    expect((after - before) / 1_000_000).toBeLessThan(21);
  });
});
