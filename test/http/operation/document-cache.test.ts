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

  test('has nothing of the variables that came with them first', async () => {
    const { authorization } = await held.service.addCaller();
    const send = async (name: string, requests: number) => {
      for (let index = 0; index < requests; index += 1) {
        const query = `query ($name: String!) { ${name}${index}: badgeGroupByName(name: $name) { id } }`;
        const variables = { name: `${index}${'x'.repeat(95_000)}` };
        expect((await held.service.execute(query, variables, { authorization })).errors).toBeUndefined();
      }
      held.service.log.length = 0;
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await send('a', 5);
    const after = await send('b', 80);
    // They are 7.6.
    expect((after - before) / 1_000_000).toBeLessThan(5);
  });

  const repeat = (count: number, write: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => write(index)).join(' ');
  const lists = repeat(25, (index) => `l${index}: badgeGroups(first: $n) { ...A }`);
  const fields = repeat(60, (index) => `f${index}:id`);
  const pages = repeat(
    8,
    (index) => `p${index}: badgeGroupsConnection(first: 1) { totalCount ${repeat(2, writeEdges)} }`,
  );
  const histories = repeat(18, (index) => `h${index}: history(last: $n) { __typename }`);
  const conditional = repeat(4, (index) => `${'abcd'[index]}: id @skip(if: $${'abcd'[index]})`);

  // Of ten operations; all choices of one would take 2.5, or 2.
  test.each([
    ['lists', 10, lists, fields],
    ['pages, with histories', 15, pages, histories],
  ])(
    'is bounded: what one operation of a caller is for each choice of what its variables include, %s',
    async (_title, megabytes, selection, below) => {
      const { authorization } = await held.service.addCaller();
      const write = (name: string) =>
        `query ${name}($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!, $n: Int = 1) { ${selection} }
        fragment A on BadgeGroup { ${below} ${conditional} }`;
      const send = async (...names: string[]) => {
        for (let index = 0; index < 16 * names.length; index += 1) {
          const [choice, name] = [index % 16, names[Math.floor(index / 16)] as string];
          const chosen = ['a', 'b', 'c', 'd'].map((key, bit) => [key, (choice & (1 << bit)) > 0]);
          const answer = await held.service.execute(write(name), Object.fromEntries(chosen), {
            authorization,
          });
          expect(answer.errors).toBeUndefined();
        }
        held.service.log.length = 0;
        collectGarbage();
        return process.memoryUsage().heapUsed;
      };
      const before = await send('First');
      const after = await send(...'abcdefghij');
      expect((after - before) / 1_000_000).toBeLessThan(megabytes);
    },
  );
});

function writeEdges(index: number): string {
  return `e${index}: edges { node { ...A } }`;
}
