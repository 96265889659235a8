import { describe, expect, test } from 'vitest';
import { type TestCaller, useService } from '../../support/service.ts';

/** As it is in JavaScript, `__proto__` in an object literal is no property. */
const variables = (value: string) => JSON.parse(`{ "__proto__": ${value} }`);

describe('a variable named __proto__', () => {
  const held = useService('the embedded database');

  /** The answers to an operation when it comes for the first time, when it comes again, and by GET where it is a query. */
  async function askAll(caller: TestCaller, query: string, value: string) {
    const post = async () => await caller.execute(query, variables(value));
    const answers = [await post(), await post()];
    if (query.startsWith('mutation')) return answers;
    const search = new URLSearchParams({ query, variables: `{ "__proto__": ${value} }` });
    const headers = { authorization: caller.authorization, 'apollo-require-preflight': 'true' };
    const response = await held.service.fetch(`/graphql?${search}`, { headers });
    return [...answers, await response.json()];
  }

  test('is heeded as any other: as a number', async () => {
    const caller = await held.service.addCaller();
    for (const rank of [1, 2, 3]) await caller.create({ name: `Group ${rank}`, rank });
    const query = 'query ($__proto__: Int!) { badgeGroups(first: $__proto__) { rank } }';
    for (const { data } of await askAll(caller, query, '1')) expect(data.badgeGroups).toEqual([{ rank: 3 }]);
    for (const { data } of await askAll(caller, query, '0')) expect(data.badgeGroups).toEqual([]);
    const byDefault = 'query ($__proto__: Int = 1) { badgeGroups(first: $__proto__) { rank } }';
    for (const { data } of await askAll(caller, byDefault, '2')) expect(data.badgeGroups).toHaveLength(2);
  });

  test('in a directive', async () => {
    const caller = await held.service.addCaller();
    const query = 'query ($__proto__: Boolean!) { __typename @skip(if: $__proto__) badgeGroups { id } }';
    for (const { data } of await askAll(caller, query, 'true')) expect(data).toEqual({ badgeGroups: [] });
  });

  test('and as what an update depends on', async () => {
    const caller = await held.service.addCaller();
    const { id } = await caller.create({ name: 'Gold', rank: 1 });
    const update = `mutation ($__proto__: Float!) {
      updateBadgeGroup(input: { id: "${id}", rank: 2, ifLastUpdatedOn: $__proto__ }) { ... on BadgeGroupError { code } }
    }`;
    for (const { data } of await askAll(caller, update, '1'))
      expect(data.updateBadgeGroup).toEqual({ code: 409 });
    expect(await caller.find(id)).toMatchObject({ rank: 1 });
  });
});
