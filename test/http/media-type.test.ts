import { describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

const json = 'application/json';
const graphql = 'application/graphql-response+json';

describe('An operation', () => {
  const held = useService('a Postgres server');

  const create = 'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename } }';
  const post = async (accept: string | undefined, authorization: string, query = create) =>
    await held.service.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': json, authorization, ...(accept !== undefined && { accept }) },
      body: JSON.stringify({ query }),
    });

  test.each([
    'application/xml',
    'text/html',
    'text/*',
    'text/event-stream',
    'multipart/mixed',
    'application/json;q=0',
    'application/json; q=0.000, application/graphql-response+json;q=0',
    '*/*;q=0',
    'application/*;q=0, text/html',
    `${json};q=0, ${graphql};q=0, */*`,
    'application/json; charset=iso-8859-1',
    'json',
    ',',
  ])('is refused, and not carried out, where its answer is not taken: %s', async (accept) => {
    const caller = await held.service.addCaller();
    held.service.log.length = 0;
    const response = await post(accept, caller.authorization);
    expect(response.status).toBe(406);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      errors: [
        {
          message: `The answer would be ${json} or ${graphql}, but "accept" is "${accept}": let it name one of them.`,
          extensions: { code: 'BAD_REQUEST' },
        },
      ],
    });
    expect(held.service.log.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'request', status: 406, codes: ['BAD_REQUEST'] },
    ]);
    expect(await caller.list()).toEqual([]);
  });

  test('is refused before its body, its credentials and its method are looked at', async () => {
    for (const init of [
      { method: 'POST', body: '{' },
      { method: 'PUT' },
      { method: 'GET' },
      { method: 'POST', body: '{}', headers: { 'content-type': json, authorization: 'Basic eA==' } },
    ]) {
      const headers = { ...init.headers, accept: 'application/xml' };
      expect((await held.service.fetch('/graphql', { ...init, headers })).status).toBe(406);
    }
  });

  test.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['application/*', json],
    [json, json],
    [graphql, graphql],
    ['Application/JSON', json],
    [`${json}; charset=utf-8`, json],
    [`${graphql}; charset="UTF-8"`, graphql],
    [`${json};version=1`, json],
    [`${graphql}, ${json}`, graphql],
    [`${json}, ${graphql}`, json],
    [`${json};q=0.5, ${graphql}`, graphql],
    [`${json}, ${graphql};q=0.9`, json],
    [`${json};q=0, */*`, graphql],
    [`*/*, ${json};q=0`, graphql],
    [`text/html, ${graphql};q=0.1`, graphql],
    ['text/html, application/xhtml+xml, */*;q=0.8', json],
    [`multipart/mixed;deferSpec=20220824, ${graphql}, ${json};q=0.9`, graphql],
    [`${graphql}, application/graphql+json, ${json}, text/event-stream, multipart/mixed`, graphql],
    ['text/event-stream, */*', json],
  ])('is answered as the client likes best: %s', async (accept, expected) => {
    const caller = await held.service.addCaller();
    const response = await post(accept, caller.authorization);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(`${expected}; charset=utf-8`);
    expect(await response.json()).toEqual({ data: { createBadgeGroup: { __typename: 'BadgeGroup' } } });
  });
});

describe('On a socket,', () => {
  const held = useService('a Postgres server');

  test.each([
    ['accept', 'application/json, '],
    ['accept-encoding', 'gzip, '],
    ['content-type', 'application/json; a='],
  ])('"%s" may have 512 bytes, and nothing is read of what has more', async (name, start) => {
    const url = await held.service.listen();
    const send = async (length: number) => {
      const headers = { 'content-type': json, [name]: start.padEnd(length, 'a') };
      return await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    };
    expect((await send(512)).status).toBe(200);
    const refused = await send(513);
    expect([refused.status, await refused.text()]).toEqual([
      431,
      `The header "${name}" is longer than 512 bytes.\n`,
    ]);
    await held.service.stopListening();
  });
});
