import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { useService } from '../../support/service.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const comment = `# ${'x'.repeat(99_000)}`;

describe('what is remembered of documents', () => {
  const held = useService('the embedded database');

  test.each([
    ['valid ones of strangers', false, 80, (index: number) => `{ a${index}: __typename } ${comment}`],
    [
      'dense ones of strangers',
      false,
      80,
      (index: number) =>
        `{ ${Array.from({ length: 120 }, (_, at) => `t${at}x${index}: __typename`).join(' ')} }`,
    ],
    ['wrong ones of strangers', false, 80, (index: number) => `{ a${index} ${comment}`],
    ['long ones of callers', true, 80, (index: number) => `{ a${index}: __typename } ${comment}`],
    ['wrong ones of callers', true, 80, (index: number) => `{ a${index} ${comment}`],
    ['invalid ones of callers', true, 80, (index: number) => `{ nothing${index} } ${comment}`],
    [
      'dense ones of callers',
      true,
      250,
      (index: number) =>
        `{ ${Array.from({ length: 25 }, (_, top) => `t${top}x${index}: badgeGroup(id: 1) { ${'a:id '.repeat(9)} }`)} }`,
    ],
  ])('is bounded: %s', async (_title, hasCredentials, requests, write) => {
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
    // A tenth of a megabyte for each would be 8, or 25; what is remembered at most is 20.
    expect((after - before) / 1_000_000).toBeLessThan(requests === 80 ? 5 : 21);
  });
});
