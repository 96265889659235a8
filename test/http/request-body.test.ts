import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
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
    ['JSON in ISO 8859-1', 'application/json; charset=iso-8859-1', json],
    ['JSON in UTF-16', 'Application/JSON;version=1;Charset="UTF-16"', json],
  ])('is refused, and not executed, as %s', async (_title, contentType, body) => {
    const caller = await held.service.addCaller();
    const headers = { 'content-type': contentType, authorization: caller.authorization };
    const response = await held.service.fetch('/graphql', { method: 'POST', headers, body });
    expect(response.status).toBe(415);
    // Of text without one, fetch says that.
    const given = `"content-type: ${contentType || 'text/plain;charset=UTF-8'}"`;
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: `The body has ${given}: send the operation as JSON in UTF-8, with "content-type: application/json".`,
        },
      ],
    });
    expect(await caller.list()).toEqual([]);
  });

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
    ['variables=1', 422],
    ['variables=[]', 422],
    ['variables=null', 200],
    ['variables={}&extensions={}', 200],
  ])('by GET with %s is answered with %i', async (parameters, status) => {
    const headers = { 'x-graphql-yoga-csrf': '1', accept: 'application/graphql-response+json' };
    const response = await held.service.fetch(`/graphql?query={__typename}&${parameters}`, { headers });
    expect(response.status).toBe(status);
    if (status !== 200) {
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
    'application/json ; version=1; charset="utf8"',
  ])('is answered as %s', async (contentType) => {
    const { authorization } = await held.service.addCaller();
    const headers = { 'content-type': contentType, authorization };
    const response = await held.service.fetch('/graphql', { method: 'POST', headers, body: json });
    expect(response.status).toBe(200);
  });

  describe('with properties that nobody knows', () => {
    const extra = {
      id: '1',
      documentId: 'a',
      doc_id: 2,
      onError: 'HALT',
      query_: '',
      '': [],
      a: { b: null },
    };

    test.each(Object.entries(extra))('is answered as without %j: %j', async (name, value) => {
      const { authorization } = await held.service.addCaller();
      const response = await post({ query: mutation, [name]: value }, { authorization });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ data: { createBadgeGroup: { __typename: 'BadgeGroup' } } });
    });

    test('by GET, too', async () => {
      const headers = { 'x-graphql-yoga-csrf': '1' };
      const response = await held.service.fetch('/graphql?query={__typename}&documentId=a&onError=NULL', {
        headers,
      });
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    });

    test('alone is refused for its lack of a query', async () => {
      for (const [headers, status] of [
        [{}, 400],
        [graphqlResponse, 422],
      ] as const) {
        const response = await post(extra, headers);
        expect(response.status).toBe(status);
        expect(await response.json()).toEqual({
          errors: [
            {
              message: 'The request must have a "query", which holds the document.',
              extensions: { code: 'BAD_REQUEST' },
            },
          ],
        });
      }
    });
  });

  describe('with the hash of a persisted query', () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    const search = new URLSearchParams({ extensions: JSON.stringify(extensions) });

    test.each([
      ['POST', () => post({ extensions }), 200],
      ['POST', () => post({ query: null, variables: {}, extensions }), 200],
      ['POST', () => post({ extensions }, graphqlResponse), 422],
      ['GET', () => held.service.fetch(`/graphql?${search}`), 200],
      ['GET', () => held.service.fetch(`/graphql?${search}`, { headers: graphqlResponse }), 422],
    ])('alone, by %s, is answered so that clients send the query: %#', async (_method, ask, status) => {
      const response = await ask();
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({
        errors: [
          { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
        ],
      });
    });

    test('and the query is answered', async () => {
      const response = await post({ query: '{ __typename }', extensions });
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    });
  });

  test.each([
    ['gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['br', brotliCompressSync(json)],
    ['zstd', zstdCompressSync(json)],
    ['gzip, identity', gzipSync(json)],
    ['gzip', Buffer.from(json)],
  ])('is refused, and not executed, with a body compressed by %s', async (coding, body) => {
    const caller = await held.service.addCaller();
    const headers = {
      'content-type': 'application/json',
      'content-encoding': coding,
      authorization: caller.authorization,
    };
    const response = await held.service.fetch('/graphql', { method: 'POST', headers, body });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toBe('identity');
    expect(await response.json()).toEqual({
      errors: [
        {
          message: `The body has "content-encoding: ${coding}": send it uncompressed.`,
          extensions: { code: 'BAD_REQUEST' },
        },
      ],
    });
    expect(await caller.list()).toEqual([]);
  });

  test('is answered with a body that says it is not compressed', async () => {
    const response = await post({ query: '{ __typename }' }, { 'content-encoding': 'identity' });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  const graphqlResponse = { accept: 'application/graphql-response+json' };

  async function post(params: object, headers: Record<string, string> = {}): Promise<Response> {
    return await held.service.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(params),
    });
  }
});
