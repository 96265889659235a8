import { type Audit, serverAudits } from 'graphql-http';
import { beforeAll, describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

/**
 * Those of an older draft, which the specification has overruled: to both it answers 422 now (section Status Codes),
 * because there is no query, and because variables do not fit.
 */
const overruled = ['423L', '86EE'];

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
        const result = await audit.fn();
        if (overruled.includes(id)) expect(result).toMatchObject({ response: { status: 422 } });
        else expect(result).toEqual({ id, name, status: 'ok' });
      },
    );
  });

  test('without that header is the same, but for the GETs that a server may take or not', async () => {
    const results = await Promise.all(makeAudits(() => ({})).map((audit) => audit.fn()));
    const failed = results.filter(({ id, status }) => status !== 'ok' && !overruled.includes(id));
    expect(failed.map(({ name }) => name)).toEqual([
      'MAY accept application/x-www-form-urlencoded formatted GET requests',
      'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
      'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
    ]);
  });
});
