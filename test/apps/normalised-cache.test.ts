import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { introspectionFromSchema } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { CreateBadgeGroup, ListBadgeGroups, UpdateBadgeGroup } from '../support/graphql.ts';
import { type BadgeGroup, type TestCaller, useService } from '../support/service.ts';

const held = useService('the embedded database');

/** An app on urql with a normalised cache, showing the list of groups all the time. */
function openApp(caller: TestCaller) {
  let requests = 0;
  const client = new Client({
    url: 'http://service.test/graphql',
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: caller.authorization } },
    fetch: (_url, init) => {
      requests += 1;
      return held.service.fetch('/graphql', init);
    },
    exchanges: [
      cacheExchange({
        schema: introspectionFromSchema(schema),
        keys: { BadgeGroupNameNotUniqueError: () => null, BadgeGroupChangedError: () => null },
        updates: {
          Mutation: {
            createBadgeGroup({ createBadgeGroup: created }, _args, cache) {
              if ((created as { __typename?: string } | null)?.__typename !== 'BadgeGroup') return;
              cache.updateQuery({ query: ListBadgeGroups }, (data) => ({
                badgeGroups: [...(data?.badgeGroups ?? []), created as never],
              }));
            },
          },
        },
      }),
      fetchExchange,
    ],
  });
  const shown: BadgeGroup[][] = [];
  const list = client.query(ListBadgeGroups, {});
  const { unsubscribe } = list.subscribe(({ data }) => {
    if (data) shown.push(data.badgeGroups);
  });
  return {
    client,
    requests: () => requests,
    names: () => shown.at(-1)?.map(({ name }) => name),
    close: unsubscribe,
  };
}

test('An app with a normalised cache shows what it creates and changes, and meets errors as data', async () => {
  const caller = await held.service.addCaller();
  const beginner = await caller.create({ name: 'Beginner', rank: 2 });
  const app = openApp(caller);
  await expect.poll(app.names).toEqual(['Beginner']);

  const created = await app.client
    .mutation(CreateBadgeGroup, { input: { name: 'Expert', rank: 1 } })
    .toPromise();
  expect(created.data?.createBadgeGroup?.__typename).toBe('BadgeGroup');
  await expect.poll(app.names).toEqual(['Beginner', 'Expert']);

  await app.client.mutation(UpdateBadgeGroup, { input: { id: beginner.id, name: 'Novice' } }).toPromise();
  await expect.poll(app.names).toEqual(['Novice', 'Expert']);
  expect(app.requests()).toBe(3);

  const refused = await app.client
    .mutation(CreateBadgeGroup, { input: { name: 'Expert', rank: 3 } })
    .toPromise();
  expect(refused.error).toBeUndefined();
  expect(refused.data?.createBadgeGroup).toMatchObject({
    code: 733,
    existingGroup: { name: 'Expert', rank: 1 },
  });
  expect(app.names()).toEqual(['Novice', 'Expert']);
  expect((await caller.list()).map(({ name }) => name)).toEqual(['Novice', 'Expert']);
  app.close();
});
