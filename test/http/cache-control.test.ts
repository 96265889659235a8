import { beforeAll, describe, expect, test } from 'vitest';
import { basic, useService } from '../support/service.ts';

describe('Every answer of /graphql', () => {
  const held = useService('a Postgres server');
  let authorization: string;
  beforeAll(async () => {
    ({ authorization } = await held.service.addCaller());
  });

  const json = { 'content-type': 'application/json' };
  const post = (query: string, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ query }),
  });

  test.each([
    [200, 'a query', () => post('{ badgeGroups { id } }', { authorization })],
    [200, 'an error beside plain JSON', () => post('{')],
    [204, 'a preflight', () => ({ method: 'OPTIONS', headers: { origin: 'https://a.example' } })],
    [400, 'an invalid document', () => post('{', { accept: 'application/graphql-response+json' })],
    [400, 'broken JSON', () => ({ method: 'POST', headers: json, body: '{' })],
    [400, 'a bare GET', () => ({})],
    [401, 'no credentials', () => post('{ badgeGroups { id } }')],
    [401, 'wrong credentials', () => post('{ __typename }', { authorization: basic('a', 'b') })],
    [405, 'a method', () => ({ method: 'PUT' })],
    [406, 'a media type', () => post('{ __typename }', { accept: 'application/xml' })],
    [413, 'a long body', () => post('#'.repeat(200_000))],
    [415, 'a form', () => ({ method: 'POST', body: 'query={__typename}' })],
  ] satisfies [number, string, () => RequestInit][])(
    'is kept by no cache: %i for %s',
    async (status, _title, makeRequest) => {
      const response = await held.service.fetch('/graphql', makeRequest());
      expect(response.status).toBe(status);
      expect(response.headers.get('cache-control')).toBe('private, no-store, max-age=0');
    },
  );

  test('but for the page, which is the same for everyone and is asked for again each time', async () => {
    const page = await held.service.fetch('/graphql', { headers: { accept: 'text/html' } });
    await page.body?.cancel();
    expect(page.headers.get('cache-control')).toBe('no-cache');
  });

  test('as little as one that says there is nothing', async () => {
    const response = await held.service.fetch('/nowhere');
    expect([response.status, response.headers.get('cache-control')]).toEqual([
      404,
      'private, no-store, max-age=0',
    ]);
  });
});
