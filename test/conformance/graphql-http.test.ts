import { type Audit, serverAudits } from 'graphql-http';
import { beforeAll, describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

/** Whoever sends a GET says by a header that it is no page of another site. */
const noPage = { 'x-graphql-yoga-csrf': '1' };

describe('GraphQL over HTTP', () => {
  const held = useService('the embedded database');
  let authorization: string;
  beforeAll(async () => {
    ({ authorization } = await held.service.addCaller());
  });

  /** Every audit of the specification, each request with these headers, too. */
  const makeAudits = (getHeaders: () => Record<string, string>): Audit[] =>
    serverAudits({
      url: 'http://service.test/graphql',
      async fetchFn(url: string, init: RequestInit = {}) {
        return await held.service.fetch(url, { ...init, headers: { ...init.headers, ...getHeaders() } });
      },
    });

  describe.each([
    ['with credentials', () => ({ ...noPage, authorization })],
    ['without credentials', () => noPage],
  ])('%s', (_title, getHeaders) => {
    const audits = makeAudits(getHeaders);
    test('has its audits', () => expect(audits).toHaveLength(61));
    test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
      '%s: %s',
      async (id, name, audit) => {
        expect(await audit.fn()).toEqual({ id, name, status: 'ok' });
      },
    );
  });

  test('without that header is the same, but for the GETs that a server may take or not', async () => {
    const results = await Promise.all(makeAudits(() => ({})).map((audit) => audit.fn()));
    expect(results.filter(({ status }) => status !== 'ok').map(({ name }) => name)).toEqual([
      'MAY accept application/x-www-form-urlencoded formatted GET requests',
      'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
      'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
    ]);
  });
});
