import { describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

describe('GraphQL', () => {
  const held = useService('the embedded database');

  const post = async (path: string) =>
    await held.service.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ "query": "{ __typename }" }',
    });

  test.each(['/graphql', '/graphql?a=b', '/graphql?'])('is on %s', async (path) => {
    expect((await post(path)).status).toBe(200);
  });

  test.each([
    '/',
    '/graphql/',
    '/x/graphql',
    '/xgraphql',
    '/Graphql',
    '/graphql%2f',
    '/%67raphql',
    '/x?/graphql',
    '/x?y=/graphql/',
    '/graphql/graphql',
    '/health',
    '/ready',
  ])('is not on %s', async (path) => {
    const response = await post(path);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  test.each(['/x/graphql', '/graphql/', '/x?/graphql'])('has no page on %s', async (path) => {
    expect((await held.service.fetch(path, { headers: { accept: 'text/html' } })).status).toBe(404);
  });
});
