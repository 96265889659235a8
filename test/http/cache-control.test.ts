import { beforeAll, describe, expect, test } from 'vitest';
import { failStatements } from '../support/failing-statements.ts';
import { sendRaw } from '../support/raw-request.ts';
import { basic, useService } from '../support/service.ts';

const noStore = 'private, no-store, max-age=0';

describe('Every answer of /graphql', () => {
  const held = useService('a Postgres server');
  let authorization: string;
  beforeAll(async () => {
    ({ authorization } = await held.service.addCaller());
  });

  const page = { accept: 'text/html' };
  const json = { 'content-type': 'application/json' };
  const post = (query: string, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ query }),
  });

  test.each([
    [200, 'a query', () => post('{ badgeGroups { id } }', { authorization })],
    [200, 'an error beside plain JSON', () => post('{')],
    [200, 'the page', () => ({ headers: page })],
    [200, 'the page for who had it before', () => ({ headers: { ...page, 'if-none-match': '*' } })],
    [204, 'a preflight', () => ({ method: 'OPTIONS', headers: { origin: 'https://a.example' } })],
    [400, 'an invalid document', () => post('{', { accept: 'application/graphql-response+json' })],
    [400, 'broken JSON', () => ({ method: 'POST', headers: json, body: '{' })],
    [400, 'a bare GET', () => ({})],
    [401, 'no credentials', () => post('{ badgeGroups { id } }')],
    [401, 'wrong credentials', () => post('{ __typename }', { authorization: basic('a', 'b') })],
    [405, 'a method', () => ({ method: 'PUT' })],
    [406, 'a coding of the page', () => ({ headers: { ...page, 'accept-encoding': '*;q=0' } })],
    [406, 'a media type', () => post('{ __typename }', { accept: 'application/xml' })],
    [413, 'a long body', () => post('#'.repeat(200_000))],
    [415, 'a form', () => ({ method: 'POST', body: 'query={__typename}' })],
  ] satisfies [number, string, () => RequestInit][])(
    'is kept by no cache: %i for %s',
    async (status, _title, makeRequest) => {
      const response = await held.service.fetch('/graphql', makeRequest());
      expect(response.status).toBe(status);
      await response.body?.cancel();
      expect(response.headers.get('cache-control')).toBe(noStore);
    },
  );

  test('is kept by no cache: 503 for a database that is away', async () => {
    const service = held.service.with({ db: failStatements(held.service.db, () => true) });
    const { status, headers } = await service.execute('{ badgeGroups { id } }', {}, { authorization });
    expect([status, headers.get('cache-control')]).toEqual([503, noStore]);
  });

  test.each([
    [400, 'no host', 'GET /graphql HTTP/1.1\r\n'],
    [404, 'a path that leads elsewhere', 'GET /x/../graphql HTTP/1.1\r\nhost: localhost\r\n'],
    [414, 'a long target', `GET /graphql?${'a'.repeat(16_384)} HTTP/1.1\r\nhost: localhost\r\n`],
    [417, 'an expectation', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\nexpect: x\r\n'],
    [421, 'a host in demo mode', 'GET /graphql HTTP/1.1\r\nhost: service.test\r\n'],
    [431, 'a long header', `GET /graphql HTTP/1.1\r\nhost: localhost\r\naccept: ${'a'.repeat(513)}\r\n`],
    [501, 'a coding', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip, chunked\r\n'],
  ])('is kept by no cache: %i for %s, before it is looked at', async (status, _title, head) => {
    const service = held.service.with();
    const url = await service.listen({}, { onlyLoopbackNames: true });
    const answer = await sendRaw(url, Buffer.from(`${head}connection: close\r\n\r\n`), 5_000);
    await service.stopListening();
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain(`\r\ncache-control: ${noStore}\r\n`);
  });

  test('and none of another path, where there is nothing', async () => {
    const response = await held.service.fetch('/nowhere');
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, noStore]);
  });
});
