import fc from 'fast-check';
import { getIntrospectionQuery, type IntrospectionOptions } from 'graphql';
import { describe, expect, test } from 'vitest';
import { BadgeGroup } from '../../../src/badge-group/badge-group.ts';
import { encodeVersionCursor } from '../../../src/badge-group/cursor.ts';
import { measure } from '../../support/cost.ts';
import { validParams } from '../../support/documents.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { useService } from '../../support/service.ts';

const whole =
  'id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive';

function repeat(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join(' ');
}

describe('the cost of an operation', () => {
  const held = useService('the embedded database');

  /** The message for what is refused before anything is begun; undefined for what is answered. */
  async function findRefusal(query: string, variables: object = {}): Promise<string | undefined> {
    const { db, queries } = recordQueries(held.service.db);
    const caller = held.service.with({ db }).adopt(await held.service.addCaller({ access: 'read' }));
    await caller.execute('{ __typename }');
    queries.length = 0;
    const { data, errors } = await caller.execute(query, variables);
    if (!errors) return undefined;
    const code = errors[0]?.extensions?.['code'];
    expect({ data, code, queries }).toEqual({ data: undefined, code: 'BAD_USER_INPUT', queries: [] });
    return errors[0]?.message;
  }

  test.each([
    [
      'the whole schema',
      `{ ${repeat(5, (i) => `s${i}: __schema { ...S }`)} }
       fragment S on __Schema { ${repeat(100, (i) => `a${i}: types { ...F }`)} }
       fragment F on __Type { name description fields { name description args { name description type { name } } type { name } } }`,
    ],
    [
      'one type',
      `{ ${repeat(20, (i) => `t${i}: __type(name: "BadgeGroup") { ...T }`)} }
       fragment T on __Type { ${repeat(200, (i) => `a${i}: fields { name description }`)} }`,
    ],
    ['descriptions', `{ __schema { types { ${repeat(630, (i) => `a${i}: description`)} } } }`],
    [
      'directives',
      `{ ${repeat(20, (i) => `s${i}: __schema { ...S }`)} }
       fragment S on __Schema { ${repeat(60, (i) => `a${i}: directives { ...D }`)} }
       fragment D on __Directive { ${repeat(30, (i) => `a${i}: locations b${i}: args { name description }`)} }`,
    ],
    [
      'types of types',
      `{ __schema { types { fields { type { ...A } } } } }
       fragment A on __Type { ofType { ${repeat(200, (i) => `a${i}: name b${i}: description c${i}: kind`)} } }`,
    ],
  ])('bounds introspection that is multiplied: %s', async (_title, query) => {
    expect(await held.service.execute(query)).toMatchObject({
      status: 400,
      errors: [
        {
          message: expect.stringMatching(
            /^The operation (has \d+ (fields|bytes) in its answer|asks for too much)/,
          ),
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  const options: IntrospectionOptions[] = [
    {},
    { descriptions: false },
    { descriptions: true, schemaDescription: true, specifiedByUrl: true, directiveIsRepeatable: true },
    { inputValueDeprecation: true, oneOf: true, specifiedByUrl: true, schemaDescription: true },
  ];
  test.each(options)('lets the introspection of tools pass, without credentials: %j', async (option) => {
    const query = getIntrospectionQuery(option);
    const deeper = query.replace(
      'fragment TypeRef on __Type {',
      'fragment TypeRef on __Type { ofType { kind }',
    );
    for (const document of [
      query,
      deeper,
      `query Tool { ...Root } fragment Root on Query ${query.slice(query.indexOf('{'))}`,
    ]) {
      expect((await held.service.execute(document)).errors).toBeUndefined();
    }
  });

  test('bounds an operation of which one argument does not coerce', async () => {
    const lists = repeat(24, (i) => `l${i}: badgeGroups { ${repeat(20, (k) => `a${k}: name`)} }`);
    const query = `query ($f: Int = 1) { ${lists} bad: badgeGroups(first: $f) { id } }`;
    expect(await findRefusal(query, { f: null })).toMatch(/^Variable "\$f" does not fit: /);
  });

  test('is bounded in bytes, by the longest names that there may be', async () => {
    const names = (count: number) => `{ badgeGroups { ${repeat(count, (i) => `a${i}: name`)} } }`;
    expect(await findRefusal(names(3))).toBeUndefined();
    expect(await findRefusal(names(29))).toMatch(
      /^The operation has \d{8} bytes in its answer, but at most 4000000/,
    );
  });

  test('leaves out what @skip and @include leave out', async () => {
    const lists = repeat(20, (i) => `l${i}: badgeGroups @include(if: $yes) { ${whole} }`);
    const query = `query ($yes: Boolean!) { ${lists} one: badgeGroups(first: 1) @skip(if: $yes) { id } }`;
    expect(await findRefusal(query, { yes: false })).toBeUndefined();
    expect(await findRefusal(query, { yes: true })).toContain('fields in its answer');
    const skipped = query.replace('@skip(if: $yes)', '').replaceAll('@include', '@skip');
    expect(await findRefusal(skipped, { yes: true })).toBeUndefined();
    expect(await findRefusal(skipped, { yes: false })).toContain('fields in its answer');
  });

  test('goes by the variables as they are coerced, defaults included', async () => {
    const query = `query ($n: Int! = 1000) { ${repeat(5, (i) => `l${i}: badgeGroups(first: $n) { ${whole} }`)} }`;
    expect(await findRefusal(query, { n: 10 })).toBeUndefined();
    expect(await findRefusal(query)).toContain('fields in its answer');
  });

  test('counts equal selections of many fragments once, as they are answered', async () => {
    const fragments = repeat(20, (i) => `fragment F${i} on BadgeGroup { ${whole} }`);
    const query = `{ badgeGroups { ${repeat(20, (i) => `...F${i}`)} } } ${fragments}`;
    expect(await findRefusal(query)).toBeUndefined();
  });

  test('counts what equal selections have below them together, in whatever order they stand', async () => {
    const many = `g: badgeGroups { ${repeat(40, (i) => `a${i}: rank`)} }`;
    for (const query of [`{ ${many} g: badgeGroups { id } }`, `{ g: badgeGroups { id } ${many} }`]) {
      expect(await findRefusal(query)).toContain('fields in its answer');
    }
  });

  test('counts a count of the whole list as 1,000 fields, and a mutation as 10', () => {
    const page = (field: string) => measure({ query: `{ badgeGroupsConnection { ${field} } }` }).fields;
    expect([page('__typename'), page('totalCount'), page('totalCount again: totalCount')]).toEqual([
      2, 1_001, 2_001,
    ]);
    const create = 'createBadgeGroup(input: {}) { __typename }';
    expect(measure({ query: `mutation { a: ${create} b: ${create} }` }).fields).toBe(22);
  });

  test('goes by how many ids there are, to the longest list', () => {
    const find = (count: number) =>
      measure({
        query: 'query ($ids: [ID!]!) { badgeGroupsById(ids: $ids) { id rank } }',
        variables: { ids: Array.from({ length: count }, String) },
      }).fields;
    expect([find(0), find(2), find(1_000), find(1_001)]).toEqual([1, 5, 2_001, 2_001]);
  });

  test('counts a search as 1,000 fields more, whatever it looks for', () => {
    const list = (args: string) => measure({ query: `{ badgeGroups(first: 2${args}) { id } }` }).fields;
    expect([list(''), list(' nameContains: null'), list(' nameContains: "a"')]).toEqual([3, 3, 1_003]);
    const page = '{ badgeGroupsConnection(first: 2, nameContains: "a") { edges { cursor } totalCount } }';
    expect(measure({ query: page }).fields).toBe(2_004);
  });

  test('counts a reorder by its groups, whatever is asked of them', () => {
    const reorder = (count: number, selection: string) =>
      measure({
        query: `mutation ($input: ReorderBadgeGroupsInput!) { reorderBadgeGroups(input: $input) { ${selection} } }`,
        variables: { input: { ranks: Array.from({ length: count }, (_, index) => ({ id: `${index}` })) } },
      }).fields;
    expect(reorder(1, '__typename')).toBe(10 + 10 + 1);
    expect(reorder(1_000, '__typename')).toBe(10 + 10_000 + 1);
    const groups = '... on BadgeGroupsReordered { badgeGroups { id rank } }';
    expect(reorder(3, groups)).toBe(10 + 30 + 1 + 3 * 2);
  });

  test('counts a history as 8 and at its length, 20 when not said, its count as 10, and a cursor as 50', () => {
    const history = (window: string, field: string) =>
      measure({ query: `{ badgeGroup(id: "x") { history${window} { ${field} } } }` }).fields;
    const page = 1 + 8 + 1;
    const cursor = encodeVersionCursor(1, new BadgeGroup(1, 'x'));
    expect(history('', '__typename')).toBe(page);
    expect(history('', 'totalCount')).toBe(page - 1 + 10);
    expect(history('', 'edges { cursor }')).toBe(page + 20);
    expect(history('(first: 3)', 'edges { node { rank } }')).toBe(page + 3 * 2);
    expect(history('(last: 2)', 'edges { node { rank } }')).toBe(page + 2 * 2);
    expect(history(`(first: 0, after: "${cursor}")`, '__typename')).toBe(page + 50);
    expect(history(`(first: 0, before: "${cursor}")`, '__typename')).toBe(page + 50);
  });

  test('lets the last three versions of each of 1,000 groups be read at once, and not all of them', async () => {
    const histories = (first: number) =>
      `{ badgeGroups { id history(first: ${first}) { totalCount edges { node { rank changedOn } } } } }`;
    expect(await findRefusal(histories(3))).toBeUndefined();
    expect(await findRefusal(histories(20))).toMatch(
      /^The operation has \d+ fields in its answer, but at most 30000 are allowed: split it, or ask for less of its lists by "first" or "last"\.$/,
    );
  });

  test('is not made less by a list of a negative length', async () => {
    const query = `{ ${repeat(3, (i) => `l${i}: badgeGroups { ${whole} }`)} n: badgeGroups(first: -1000) { ${whole} } }`;
    expect(await findRefusal(query)).toContain('fields in its answer');
  });

  test('is not measured to the end where that takes too long', async () => {
    const query = `{ __schema { types { ${repeat(215, (i) => `a${i}: fields { args { name } }`)} } } }`;
    expect(await findRefusal(query)).toBe('The operation asks for too much to be measured: split it.');
  });

  test('bounds its own work where fragments overlap in ever new ways', async () => {
    const levels = repeat(
      12,
      (
        i,
      ) => `fragment A${i} on __Type { ofType { ...A${i + 1} ...B${i + 1} } t: ofType { ...B${i + 1} } u: ofType { ...A${i + 1} } }
              fragment B${i} on __Type { ofType { ...B${i + 1} } t: ofType { ...A${i + 1} } u: ofType { ...A${i + 1} ...B${i + 1} } }`,
    );
    const query = `{ __schema { types { fields { type { ...A0 ...B0 } } } } } ${levels}
      fragment A12 on __Type { name } fragment B12 on __Type { kind }`;
    const { status } = await held.service.execute(query);
    expect(status).toBeLessThan(500);
  });

  test('is never less than the answer: no more fields and bytes than were measured', async () => {
    const caller = await held.service.addCaller();
    for (const rank of [1, 2, 2]) await caller.create({ name: `${'💥"'.repeat(60)}${Math.random()}`, rank });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(validParams, async (params) => {
        const { data } = await caller.execute(params.query, params.variables as object);
        if (!data) return;
        answered += 1;
        const cost = measure(params);
        expect(countFields(data)).toBeLessThanOrEqual(cost.fields);
        expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(cost.bytes);
      }),
      { numRuns: 150 },
    );
    expect(answered).toBeGreaterThan(20);
  });

  test.each([
    ['the introspection of a tool', getIntrospectionQuery()],
    [
      'one type',
      '{ __typename __type(name: "BadgeGroup") { name fields { name args { name defaultValue } } } }',
    ],
  ])('is exactly the answer in introspection: %s', async (_title, query) => {
    const { data } = await held.service.execute(query);
    const cost = measure({ query });
    expect(countFields(data)).toBe(cost.fields);
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(cost.bytes);
  });
});

function countFields(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum, entry) => sum + countFields(entry), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum, entry) => sum + 1 + countFields(entry), 0);
}
