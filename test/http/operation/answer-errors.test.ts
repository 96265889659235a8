import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { failStatements } from '../../support/failing-statements.ts';
import { useService } from '../../support/service.ts';

const create = (alias: string, name: string) =>
  `${alias}: createBadgeGroup(input: { name: "${name}", rank: 1 }) { ... on BadgeGroup { name } }`;

describe.each(databaseKinds)('a mutation of which a part fails because something is away, on %s', (kind) => {
  const held = useService(kind);

  test('keeps what was done: 200 with data and errors, and nothing that says to try it again', async () => {
    const db = failStatements(held.service.db, ({ parameters }) => parameters.includes('Silver'));
    const caller = held.service.with({ db }).adopt(await held.service.addCaller());
    const mutation = `mutation { ${create('a', 'Gold')} ${create('b', 'Silver')} }`;
    const { status, headers, data, errors } = await caller.execute(mutation);
    expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 200, retryAfter: null });
    expect(data).toEqual({ a: { name: 'Gold' }, b: null });
    expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(await caller.list()).toMatchObject([{ name: 'Gold' }]);
  });

  test('is 294 to clients that know it, without and through the door', async () => {
    const db = failStatements(held.service.db, ({ parameters }) => parameters.includes('Silver'));
    const { authorization } = await held.service.addCaller();
    const headers = { authorization, accept: 'application/graphql-response+json' };
    const mutation = `mutation ($b: String) { ${create('a', 'Gold')} b: createBadgeGroup(input: { name: $b, rank: 1 }) { __typename } }`;
    const service = held.service.with({ db });
    for (const b of [undefined, 'Silver', 'Silver']) {
      const { status, data } = await service.execute(mutation, { b }, headers);
      expect([status, data]).toMatchObject(b ? [294, { b: null }] : [200, { a: { name: 'Gold' } }]);
    }
    expect(service.log.map((line) => JSON.parse(line).status)).toEqual(
      expect.arrayContaining([200, 294, 294]),
    );
  });

  test('is 503 without data where nothing was done', async () => {
    const db = failStatements(held.service.db, ({ sql }) => sql.includes('insert into'));
    const caller = held.service.with({ db }).adopt(await held.service.addCaller());
    const mutation = `mutation { ${create('a', 'Gold')} ${create('b', 'Silver')} }`;
    const { status, headers, data, errors } = await caller.execute(mutation);
    expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '1' });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['a'] }, { path: ['b'] }]);
    expect(await caller.list()).toEqual([]);
  });

  test('is no 503 where another part has an outcome, be it a typed error or null', async () => {
    const db = failStatements(held.service.db, ({ parameters }) => parameters.includes('Silver'));
    const caller = held.service.with({ db }).adopt(await held.service.addCaller());
    for (const [other, outcome] of [
      ['a: createBadgeGroup(input: {}) { ... on BadgeGroupError { code } }', { code: 735 }],
      ['a: __typename', 'Mutation'],
    ]) {
      const { status, data } = await caller.execute(`mutation { ${other} ${create('b', 'Silver')} }`);
      expect({ status, data }).toEqual({ status: 200, data: { a: outcome, b: null } });
    }
  });
});

describe('a query of which a part fails because something is away', () => {
  const held = useService('the embedded database');

  test('keeps the null that is an answer, and is 503 where there is none', async () => {
    const db = failStatements(held.service.db, ({ sql }) => sql.includes('any('));
    const caller = held.service.with({ db }).adopt(await held.service.addCaller());
    const id = 'a'.repeat(24);
    const mixed = await caller.execute(
      `{ none: badgeGroup(id: "x") { id } away: badgeGroup(id: "${id}") { id } }`,
    );
    expect(mixed).toMatchObject({
      status: 200,
      data: { none: null, away: null },
      errors: [{ path: ['away'] }],
    });
    const away = await caller.execute(`{ away: badgeGroup(id: "${id}") { id } }`);
    expect(away).toMatchObject({ status: 503, data: null, errors: [{ path: ['away'] }] });
  });
});
