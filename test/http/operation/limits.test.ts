import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { useService } from '../../support/service.ts';

describe('One request', () => {
  const held = useService('the embedded database');

  const isRefused = async (query: string, variables?: Record<string, unknown>) => {
    const caller = await held.service.addCaller();
    const { data, errors, status } = await caller.execute(query, variables);
    return !data && errors?.[0]?.extensions?.['code'] === 'BAD_USER_INPUT' && status === 400;
  };

  const repeat = (count: number, field: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => field(i)).join(' ');
  const create = (index: number) =>
    `m${index}: createBadgeGroup(input: { name: "${index}", rank: 1 }) { __typename }`;

  test('may have 25 mutations, and none of 26 is executed', async () => {
    const caller = await held.service.addCaller();
    const refused = await caller.execute(`mutation { ${repeat(26, create)} }`);
    expect(refused).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(refused.errors?.[0]?.message).toBe(
      'The operation has 26 top fields, but at most 25 are allowed: split it.',
    );
    expect(await caller.list()).toEqual([]);
    const taken = await caller.execute(`mutation { ${repeat(25, create)} }`);
    expect(taken.errors).toBeUndefined();
    expect(await caller.list()).toHaveLength(25);
  });

  test('has the same bound for top fields in fragments and under aliases', async () => {
    const aliases = (count: number) => `{ ${repeat(count, (i) => `a${i}: badgeGroups(first: 1) { id }`)} }`;
    const fragments = (count: number) => `
      { ...F }
      fragment F on Query { ... on Query { ${repeat(count, (i) => `a${i}: badgeGroups(first: 1) { id }`)} } }`;
    expect(await isRefused(aliases(25))).toBe(false);
    expect(await isRefused(aliases(26))).toBe(true);
    expect(await isRefused(fragments(25))).toBe(false);
    expect(await isRefused(fragments(26))).toBe(true);
  });

  test('may have the same fields in many fragments, but not for ever more of them', async () => {
    const fragments = (count: number) => `
      { __schema { types { ${repeat(count, (index) => `...F${index}`)} } } }
      ${repeat(count, (index) => `fragment F${index} on __Type { ${'name '.repeat(10)} }`)}`;
    const caller = await held.service.addCaller();
    expect(await isRefused(fragments(40))).toBe(false);
    const { status, errors } = await caller.execute(fragments(100));
    expect([status, errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_USER_INPUT']);
    expect(errors?.[0]?.message).toMatch(
      /^The operation gives too many fields the same names .* Split it, or/,
    );
  });

  test('may ask for a list of 1000 whole groups twice, but not for ever more of them', async () => {
    const fields =
      'id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive';
    const lists = (count: number) => `{ ${repeat(count, (i) => `l${i}: badgeGroups { ${fields} }`)} }`;
    expect(await isRefused(lists(2))).toBe(false);
    expect(await isRefused(lists(3))).toBe(true);
    const query = `query ($first: Int!) { ${repeat(20, (i) => `l${i}: badgeGroups(first: $first) { ${fields} }`)} }`;
    expect(await isRefused(query, { first: 10 })).toBe(false);
    expect(await isRefused(query, { first: 1000 })).toBe(true);
  });

  test('may ask for a whole page of 1000, with its cursors and count', async () => {
    const query = `{
      badgeGroupsConnection(first: 1000) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node {
          id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive
        } }
      }
    }`;
    expect(await isRefused(query)).toBe(false);
  });

  test('may ask for 1000 references with all their fields, but not for each field many times', async () => {
    const query = (fields: string) =>
      `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on BadgeGroup { ${fields} } } }`;
    const refs = Array.from({ length: 1_000 }, (_, id) => ({ __typename: 'BadgeGroup', id: `${id}` }));
    expect(
      await isRefused(query('id orgId name rank createdBy createdOn createdOnISO isActive'), { refs }),
    ).toBe(false);
    expect(await isRefused(query(repeat(40, (i) => `a${i}: name`)), { refs })).toBe(true);
  });

  test('may have the SDL, without credentials, but not hundreds of times', async () => {
    const ask = async (count: number) =>
      (await held.service.execute(`{ _service { ${repeat(count, (i) => `a${i}: sdl`)} } }`)).errors ===
      undefined;
    expect(await ask(1)).toBe(true);
    expect(await ask(10)).toBe(false);
  });

  test('may have 2000 tokens, and no more are parsed', async () => {
    const document = (references: number) =>
      `{ _entities(representations: [${repeat(references, () => '{}')}]) { __typename } }`;
    const tokens = (references: number) => 11 + 2 * references + 1;
    expect(tokens(994)).toBe(2_000);
    const caller = await held.service.addCaller();
    expect((await caller.execute(document(994))).errors).toBeUndefined();
    const { status, errors } = await caller.execute(document(995));
    expect(status).toBe(400);
    expect(errors).toEqual([
      {
        message: 'The operation has more than 2000 tokens: split it.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });

  test.each([
    ['line feeds', '\n'],
    ['carriage returns', '\r'],
    ['both', '\r\n'],
  ])('may have 2000 lines, which %s end', async (_title, end) => {
    const document = (lines: number) => `{ badgeGroups(first: 1) { id } }${end.repeat(lines - 1)}`;
    expect(await isRefused(document(2_000))).toBe(false);
    expect(await isRefused(document(2_001))).toBe(true);
  });

  test('is told of 20 errors in its document, and that there are more', async () => {
    const ask = async (count: number) =>
      (await held.service.execute(`{ ${repeat(count, (i) => `a${i}: unknown`)} }`)).errors ?? [];
    expect(await ask(20)).toHaveLength(20);
    const errors = await ask(21);
    expect(errors).toHaveLength(21);
    expect(errors.at(-1)).toMatchObject({
      message: 'Too many validation errors, error limit reached. Validation aborted.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(await ask(100)).toHaveLength(21);
  });

  test('may have a body of 100,000 bytes, sent in one piece or in many', async () => {
    const { authorization } = await held.service.addCaller();
    const send = async (size: number, chunked: boolean) => {
      const text = JSON.stringify({ query: '{ badgeGroups { id } }' }).padEnd(size, ' ');
      const body = chunked ? new Blob([text]).stream() : text;
      const headers = { 'content-type': 'application/json', authorization };
      return (
        await held.service.fetch('/graphql', { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
      ).status;
    };
    for (const chunked of [false, true]) {
      expect(await send(100_000, chunked)).toBe(200);
      expect(await send(100_001, chunked)).toBe(413);
    }
  });

  test('may have 5 directives at one place, on whatever they stand', async () => {
    const include = (count: number) => '@include(if: true) '.repeat(count);
    for (const write of [
      (directives: string) => `{ badgeGroups(first: 1) { id ${directives} } }`,
      (directives: string) => `{ ... ${directives} { badgeGroups(first: 1) { id } } }`,
      (directives: string) => `query ${directives} { badgeGroups(first: 1) { id } }`,
      (directives: string) => `query ($a: Int ${directives}) { badgeGroups(first: 1) { id } }`,
      (directives: string) => `{ ...F } fragment F on Query ${directives} { badgeGroups(first: 1) { id } }`,
    ]) {
      expect(await isRefused(write(include(5)))).toBe(false);
      expect(await isRefused(write(include(6)))).toBe(true);
    }
  });

  test('may have a field 25 times in one selection, and more often in others', async () => {
    const ids = (count: number) => 'id '.repeat(count);
    const isRefusedInGroups = (selection: string) => isRefused(`{ badgeGroups(first: 1) { ${selection} } }`);
    expect(await isRefusedInGroups(ids(25))).toBe(false);
    expect(await isRefusedInGroups(ids(26))).toBe(true);
    expect(await isRefusedInGroups(repeat(26, () => 'a: id'))).toBe(true);
    expect(await isRefusedInGroups(repeat(26, (i) => `a${i}: id`))).toBe(false);
    expect(await isRefusedInGroups(`${ids(24)} ... { ... on BadgeGroup { id } }`)).toBe(false);
    expect(await isRefusedInGroups(`${ids(24)} ... { ... on BadgeGroup { id id } }`)).toBe(true);
    expect(await isRefusedInGroups(`name history { edges { node { ${'name '.repeat(25)} } } }`)).toBe(false);
  });

  test('may have 4,000 entries in the lists of its variables, wherever these stand', async () => {
    const find = `query ($ids: [ID!]!, $more: [ID!]!) {
      badgeGroupsById(ids: $ids) { id }
      others: badgeGroupsById(ids: $more) { id }
    }`;
    const reorder = `mutation ($input: ReorderBadgeGroupsInput!) {
      reorderBadgeGroups(input: $input) { __typename }
    }`;
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
    const find1000And = (count: number) => isRefused(find, { ids: ids(1_000), more: ids(count) });
    const reorderMany = (count: number) =>
      isRefused(reorder, { input: { ranks: ids(count).map((id) => ({ id })) } });
    expect(await find1000And(3_000)).toBe(false);
    expect(await find1000And(3_001)).toBe(true);
    expect(await reorderMany(4_000)).toBe(false);
    expect(await reorderMany(4_001)).toBe(true);
  });

  test('may have 100 fields in an object of variables that do not coerce, wherever it stands', async () => {
    const object = (fields: number) =>
      Object.fromEntries(Array.from({ length: fields }, (_, index) => [`f${index}`, 1]));
    const create = `mutation ($input: CreateBadgeGroupInput!) { createBadgeGroup(input: $input) { __typename } }`;
    expect(await isRefused(create, { input: object(100) })).toBe(false);
    expect(await isRefused(create, { input: object(101) })).toBe(true);
    expect(await isRefused(create, { input: { name: [object(100)] } })).toBe(false);
    expect(await isRefused(create, { input: { name: [object(101)] } })).toBe(true);
    const find = 'query ($all: [_Any!]!) { _entities(representations: $all) { __typename } }';
    expect(await isRefused(find, { all: [object(101)] })).toBe(false);
  });

  test('is not confused by fragments that double at every level', async () => {
    const levels = repeat(60, (i) => `fragment F${i} on BadgeGroup { ...F${i + 1} ...F${i + 1} }`);
    const query = `{ badgeGroups(first: 1) { ...F0 } } ${levels} fragment F60 on BadgeGroup { id }`;
    const startedAt = performance.now();
    await isRefused(query);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('may have 15 levels of fields, through fragments, too', async () => {
    const nested = (levels: number) =>
      `{ __type(name: "BadgeGroup") ${'{ ofType '.repeat(levels - 2)}{ name }${' }'.repeat(levels - 2)} }`;
    const spread = (levels: number) => `{ ...F } fragment F on Query ${nested(levels)}`;
    for (const write of [nested, spread]) {
      expect(await isRefused(write(15))).toBe(false);
      expect(await isRefused(write(16))).toBe(true);
    }
  });

  test('may be GraphiQL’s and the gateways’ full introspection', async () => {
    const caller = await held.service.addCaller();
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    expect((await caller.execute(query)).errors).toBeUndefined();
  });

  test('cannot nest lists in introspection', async () => {
    const query =
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }';
    const { errors } = await (await held.service.addCaller()).execute(query);
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});
