import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { type TestCaller, useService } from '../../support/service.ts';

const json = 'application/graphql-response+json';

describe('a value that does not coerce', () => {
  const held = useService('the embedded database');

  async function refuse(query: string, variables: object, caller?: TestCaller) {
    const { db, queries } = recordQueries(held.service.db);
    const service = held.service.with({ db });
    const headers = { accept: json, ...(caller && { authorization: caller.authorization }) };
    await service.execute('{ __typename }', {}, headers);
    queries.length = 0;
    const { status, data, errors = [] } = await service.execute(query, variables, headers);
    expect({ status, data, queries, faults: service.faults }).toEqual({
      status: 422,
      data: undefined,
      queries: [],
      faults: [],
    });
    for (const { extensions } of errors) expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
    return errors;
  }

  test.each([
    [
      'an argument with a default',
      'query ($o: BadgeGroupOrder) { badgeGroups(order: $o) { id } }',
      { o: null },
      'Variable "$o" does not fit: Argument "order" of non-null type "BadgeGroupOrder!" must not be null.',
    ],
    [
      'a number of groups',
      'query ($f: Int = 1) { badgeGroup(id: "a") { id } badgeGroups(first: $f) { id } }',
      { f: null },
      'Variable "$f" does not fit: Argument "first" of non-null type "Int!" must not be null.',
    ],
    [
      'a directive',
      'query ($s: Boolean = true) { badgeGroups(first: 1) { id @skip(if: $s) } }',
      { s: null },
      'Variable "$s" does not fit: Argument "if" of non-null type "Boolean!" must not be null.',
    ],
    [
      'a field of an input',
      'mutation ($id: ID = "a") { updateBadgeGroup(input: { id: $id, rank: 1 }) { __typename } }',
      { id: null },
      'Argument "input" has invalid value {id: $id, rank: 1}.',
    ],
    [
      'an entry of a list',
      'query ($r: _Any = "a") { _entities(representations: [$r]) { __typename } }',
      { r: null },
      'Argument "representations" has invalid value [$r].',
    ],
    [
      'an argument of introspection',
      'query ($n: String = "a") { __type(name: $n) { name } }',
      { n: null },
      'Variable "$n" does not fit: Argument "name" of non-null type "String!" must not be null.',
    ],
  ])('is the client’s mistake, in %s', async (_title, query, variables, message) => {
    const errors = await refuse(query, variables, await held.service.addCaller());
    expect(errors).toMatchObject([{ message, locations: [{ line: 1, column: expect.any(Number) }] }]);
  });

  test('is the mistake of a client without credentials, too', async () => {
    const query =
      'query ($s: Boolean = true, $n: String = "a") { __typename @skip(if: $s) __type(name: $n) { name } }';
    expect((await refuse(query, { s: null, n: 'a' }))[0]?.message).toContain('"$s"');
    expect((await refuse(query, { s: false, n: null }))[0]?.message).toContain('"$n"');
  });

  test('in variables is named with its variable and path, one error each, with locations', async () => {
    const errors = await refuse(
      'mutation ($i: UpdateBadgeGroupInput!) { updateBadgeGroup(input: $i) { __typename } }',
      { i: { id: 'x', rank: '5', isActive: 1, color: 'red' } },
      await held.service.addCaller(),
    );
    expect(errors.map(({ message, locations }) => ({ message, locations }))).toEqual(
      [
        'Variable "$i" got invalid value "5" at "i.rank"; Int cannot represent non-integer value: "5"',
        'Variable "$i" got invalid value 1 at "i.isActive"; Boolean cannot represent a non boolean value: 1',
        expect.stringMatching(
          /^Variable "\$i" got invalid value \{.*\}; Field "color" is not defined by type/,
        ),
      ].map((message) => ({ message, locations: [{ line: 1, column: 11 }] })),
    );
  });

  test('is told of five times at most, and that there are more', async () => {
    const errors = await refuse(
      'mutation ($i: CreateBadgeGroupInput!) { createBadgeGroup(input: $i) { __typename } }',
      { i: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, 1])) },
      await held.service.addCaller(),
    );
    expect(errors.map(({ message }) => message.slice(-30))).toEqual([
      ...Array.from({ length: 5 }, () => expect.stringContaining('CreateBadgeGroupInput')),
      expect.stringContaining('Execution aborted.'),
    ]);
  });

  test('is named with its path and what is wrong, however long it is', async () => {
    const [atPath] = await refuse(
      'mutation ($i: CreateBadgeGroupInput!) { createBadgeGroup(input: $i) { __typename } }',
      { i: { name: 'x', rank: '9'.repeat(2_000) } },
      await held.service.addCaller(),
    );
    expect(atPath?.message).toMatch(
      /^Variable "\$i" got invalid value "9{200,300}… at "i\.rank"; Int cannot represent non-integer value: "9{200,300}…$/,
    );
    const [alone] = await refuse(
      'query ($f: Int!) { badgeGroups(first: $f) { id } }',
      { f: 'x'.repeat(2_000) },
      await held.service.addCaller(),
    );
    expect(alone?.message).toMatch(
      /^Variable "\$f" got invalid value "x+…; Int cannot represent non-integer value: "x+…$/,
    );
  });

  test('is not repeated at any length', async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x'.repeat(1_000)]),
    );
    const { errors = [] } = await (await held.service.addCaller()).execute(
      'mutation ($i: CreateBadgeGroupInput!) { createBadgeGroup(input: $i) { __typename } }',
      { i: fields },
    );
    expect(errors).toHaveLength(6);
    for (const { message } of errors) expect(message.length).toBeLessThanOrEqual(1_001);
  });
});

describe.each(databaseKinds)('values that coerce on %s', (kind) => {
  const held = useService(kind);

  test('are taken where a null would not be', async () => {
    const caller = await held.service.addCaller();
    const { id } = await caller.create({ name: 'Gold', rank: 1 });
    const query = 'query ($o: BadgeGroupOrder, $f: Int = 1) { badgeGroups(order: $o, first: $f) { id } }';
    for (const variables of [{}, { o: 'ASC' }, { f: 2 }]) {
      expect((await caller.execute(query, variables)).data).toEqual({ badgeGroups: [{ id }] });
    }
  });
});
