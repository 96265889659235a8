import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { useService } from '../support/service.ts';

const held = useService('the embedded database');

test('Apollo Client that sends hashes is told once that they are nothing here, and sends its documents', async () => {
  const caller = await held.service.addCaller();
  await caller.create({ name: 'Gold', rank: 1 });
  const statuses: number[] = [];
  const hashes = new PersistedQueryLink({
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
  });
  const http = new HttpLink({
    uri: 'http://service.test/graphql',
    headers: { authorization: caller.authorization },
    fetch: async (_uri, init) => {
      const response = await held.service.fetch('/graphql', init);
      statuses.push(response.status);
      return response;
    },
  });
  const client = new ApolloClient({ cache: new InMemoryCache(), link: hashes.concat(http) });
  const { data } = await client.query({ query: parse('{ badgeGroups { name } }') });
  expect(data).toMatchObject({ badgeGroups: [{ name: 'Gold' }] });
  expect(statuses).toEqual([422, 200]);
  await client.query({ query: parse('{ badgeGroups { rank } }') });
  expect(statuses).toEqual([422, 200, 200]);
});
