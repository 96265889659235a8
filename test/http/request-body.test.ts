import { describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

describe('A request', () => {
  const held = useService('the embedded database');

  const mutation = 'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename } }';
  const json = JSON.stringify({ query: mutation });

  test.each([
    ['text/plain', 'text/plain', json],
    ['text/plain that names JSON', 'text/plain; application/json', json],
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${json}\r\n--x--`,
    ],
    ['no content type', '', json],
    ['a bare document', 'application/graphql', mutation],
  ])(
    'is refused, and not executed, as %s, which a page of another site can send',
    async (_title, contentType, body) => {
      const caller = await held.service.addCaller();
      const headers = { 'content-type': contentType, authorization: caller.authorization };
      const response = await held.service.fetch('/graphql', { method: 'POST', headers, body });
      expect(response.status).toBe(415);
      expect(await caller.list()).toEqual([]);
    },
  );

  test.each([
    ['broken JSON', '{'],
    ['broken UTF-8', Buffer.from(json.replace('Gold', 'G\xffld'), 'latin1')],
    ['nothing', ''],
    ['a number', '1'],
    ['null', 'null'],
    ['a batch', `[${json}]`],
  ])('is refused when its body is %s', async (_title, body) => {
    const caller = await held.service.addCaller();
    const headers = { 'content-type': 'application/json', authorization: caller.authorization };
    const response = await held.service.fetch('/graphql', { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(await caller.list()).toEqual([]);
  });

  test('by GET needs a header of its own, and is never a mutation', async () => {
    const caller = await held.service.addCaller();
    const get = (query: string, headers: Record<string, string> = {}) =>
      held.service.fetch(`/graphql?query=${encodeURIComponent(query)}`, {
        headers: { authorization: caller.authorization, accept: 'application/json', ...headers },
      });
    expect((await get('{ badgeGroups { id } }')).status).toBe(400);
    expect((await get('{ badgeGroups { id } }', { 'x-graphql-yoga-csrf': '1' })).status).toBe(200);
    expect((await get('{ badgeGroups { id } }', { 'apollo-require-preflight': 'true' })).status).toBe(200);
    expect((await get(mutation, { 'x-graphql-yoga-csrf': '1' })).status).toBe(405);
    expect(await caller.list()).toEqual([]);
  });

  test.each([
    ['variables={', 400],
    ['variables=', 200],
    ['variables=%FF', 400],
    ['extensions={', 400],
    ['variables=1', 400],
    ['variables=[]', 400],
    ['variables=null', 200],
    ['variables={}&extensions={}', 200],
  ])('by GET with %s is answered with %i', async (parameters, status) => {
    const headers = { 'x-graphql-yoga-csrf': '1', accept: 'application/graphql-response+json' };
    const response = await held.service.fetch(`/graphql?query={__typename}&${parameters}`, { headers });
    expect(response.status).toBe(status);
    if (status === 400) {
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=UTF-8'])(
    'is answered as %s',
    async (contentType) => {
      const { authorization } = await held.service.addCaller();
      const headers = { 'content-type': contentType, authorization };
      const response = await held.service.fetch('/graphql', { method: 'POST', headers, body: json });
      expect(response.status).toBe(200);
    },
  );
});
