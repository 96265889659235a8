import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { PageBadgeGroups } from '../../support/graphql.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { type PageArguments, type TestCaller, useService } from '../../support/service.ts';

describe.each(databaseKinds)('badgeGroupsConnection on %s', (kind) => {
  const held = useService(kind);

  async function setUp(count: number): Promise<TestCaller> {
    const caller = await held.service.addCaller();
    for (let rank = count; rank > 0; rank -= 1) await caller.create({ name: `${rank}`, rank });
    return caller;
  }

  const names = async (caller: TestCaller, variables: PageArguments) =>
    (await caller.page(variables)).edges.map(({ node }) => node.name);

  test('pages forward to the end and backward to the start', async () => {
    const caller = await setUp(5);
    const first = await caller.page({ first: 2 });
    expect(first).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const second = await caller.page({ first: 2, after: first.pageInfo.endCursor });
    expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const third = await caller.page({ first: 2, after: second.pageInfo.endCursor });
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const forward = [first, second, third].flatMap(({ edges }) => edges.map(({ node }) => node.name));
    expect(forward).toEqual(['5', '4', '3', '2', '1']);
    expect(await names(caller, { last: 2, before: third.pageInfo.startCursor })).toEqual(['3', '2']);
    expect(await names(caller, { last: 2 })).toEqual(['2', '1']);
    expect(await names(caller, { order: 'ASC', last: 2 })).toEqual(['4', '5']);
  });

  test('gives 100 groups when neither first nor last says how many, and 1000 at most', async () => {
    const caller = await held.service.addCaller();
    await held.service.fill(caller.orgId, 1_001);
    expect((await caller.page()).edges).toHaveLength(100);
    expect((await caller.page({ first: 1_000 })).edges).toHaveLength(1_000);
    expect((await caller.page({ last: 1_000 })).edges).toHaveLength(1_000);
    expect(await caller.page({ first: 0 })).toMatchObject({ edges: [], pageInfo: { hasNextPage: true } });
  });

  test.each([
    ['first: -1', { first: -1 }, '"first" is -1'],
    ['first: 1001', { first: 1001 }, '"first" is 1001'],
    ['last: -1', { last: -1 }, '"last" is -1'],
    ['last: 1001', { last: 1001 }, '"last" is 1001'],
    ['first with last', { first: 1, last: 1 }, 'not both'],
    ['an empty cursor', { after: '' }, '"after" is no cursor'],
    ['a made-up cursor', { before: 'eyJpZCI6MX0' }, '"before" is no cursor'],
    ['a very long cursor', { after: 'x'.repeat(10_000) }, '"after" is no cursor'],
  ])('refuses %s as bad input', async (_title, variables, message) => {
    const caller = await held.service.addCaller();
    const { errors } = await caller.execute(PageBadgeGroups, variables);
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('refuses a cursor of another org, of the other order, and one that was touched', async () => {
    const [caller, stranger] = [await setUp(2), await setUp(2)];
    const after = (await caller.page({ first: 1 })).pageInfo.endCursor ?? '';
    const touched = [...after].map((_, index) => `${after.slice(0, index)}~${after.slice(index + 1)}`);
    const swapped = [...after].map((letter, index) => {
      return `${after.slice(0, index)}${letter === 'A' ? 'B' : 'A'}${after.slice(index + 1)}`;
    });
    const isRefused = async (by: TestCaller, variables: PageArguments) => {
      const { data, errors } = await by.execute(PageBadgeGroups, variables);
      return !data && errors?.[0]?.extensions?.['code'] === 'BAD_USER_INPUT';
    };
    expect(await isRefused(caller, { after })).toBe(false);
    expect(await isRefused(stranger, { after })).toBe(true);
    expect(await isRefused(caller, { after, order: 'ASC' })).toBe(true);
    for (const cursor of [...touched, ...swapped, `${after}A`, `${after}=`, ` ${after}`, after.slice(1)]) {
      expect(await isRefused(caller, { after: cursor })).toBe(true);
    }
  });

  test('neither repeats nor skips a group while others come, move and go between the pages', async () => {
    const caller = await setUp(6);
    const first = await caller.page({ first: 3, isActive: true });
    const [sixth, fifth, fourth] = first.edges.map(({ node }) => node.id);
    await caller.create({ name: 'new at the top', rank: 99 });
    await caller.update({ id: sixth as string, rank: -1 });
    await caller.update({ id: fourth as string, isActive: false });
    await caller.update({ id: fifth as string, name: 'renamed' });
    const rest = await names(caller, { first: 100, isActive: true, after: first.pageInfo.endCursor });
    expect(rest).toEqual(['3', '2', '1', '6']);
  });

  test('counts only when the count is asked for, and once however often', async () => {
    const { db, queries } = recordQueries(held.service.db);
    const caller = held.service.with({ db }).adopt(await setUp(1));
    const countQueries = () => queries.filter(({ sql }) => sql.includes('count(')).length;
    await caller.execute('{ badgeGroupsConnection { edges { cursor } pageInfo { endCursor } } }');
    expect(countQueries()).toBe(0);
    const { data } = await caller.execute('{ badgeGroupsConnection { totalCount again: totalCount } }');
    expect(data).toEqual({ badgeGroupsConnection: { totalCount: 1, again: 1 } });
    expect(countQueries()).toBe(1);
  });
});
