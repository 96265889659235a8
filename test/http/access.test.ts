import { type GraphQLField, getNamedType, isCompositeType, isNonNullType, isRequiredArgument } from 'graphql';

import { beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { type Query, recordQueries } from '../support/recorded-queries.ts';
import { type TestService, useService } from '../support/service.ts';

const held = useService('the embedded database');
let service: TestService;
let queries: Query[];

beforeAll(() => {
  const recorded = recordQueries(held.service.db);
  queries = recorded.queries;
  service = held.service.with({ db: recorded.db });
});

/** Clients that accept plain JSON get 200 for an invalid document, as GraphQL over HTTP has it. */
const graphqlResponse = { accept: 'application/graphql-response+json' };

describe('without credentials', () => {
  test.each([
    '{ __typename }',
    'mutation { __typename }',
    '{ __schema { types { name fields { name } } } }',
    '{ __type(name: "BadgeGroup") { fields { name } } }',
    '{ _service { sdl } }',
    '{ __typename __schema { queryType { name } } _service { sdl __typename } }',
    '{ alias: __typename badgeGroups: _service { badgeGroups: sdl } }',
    '{ ... { __typename ... on Query { _service { sdl } } } }',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { __typename _service { sdl } }',
    'query A { __typename }',
  ])('answers %s', async (document) => {
    const { status, data, errors } = await service.execute(document);
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    expect(data).toBeTruthy();
  });

  const create = 'createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename }';

  test.each([
    '{ badgeGroups { id } }',
    '{ __typename badgeGroups { id } }',
    '{ badgeGroups { id } _service { sdl } __schema { queryType { name } } }',
    '{ __typename: badgeGroups { id } }',
    '{ _entities(representations: []) { __typename } }',
    '{ __typename ... { ... on Query { badgeGroups { id } } } }',
    '{ __typename ...A } fragment A on Query { ...B } fragment B on Query { badgeGroups { id } }',
    '{ __typename badgeGroups @skip(if: true) { id } }',
    '{ __typename badgeGroups @include(if: false) { id } }',
    `mutation { ${create} }`,
    `mutation { __typename a: ${create} }`,
    `mutation { ...A } fragment A on Mutation { __typename ${create} }`,
  ])('refuses %s as a whole', async (document) => {
    await expectRefusal(service, { query: document });
  });

  test('goes by the operation that is chosen', async () => {
    const query = `query Open { __typename } query Closed { badgeGroups { id } } mutation Create { ${create} }`;
    expect(await post(service, { query, operationName: 'Open' })).toMatchObject({
      status: 200,
      body: { data: { __typename: 'Query' } },
    });
    await expectRefusal(service, { query, operationName: 'Closed' });
    await expectRefusal(service, { query, operationName: 'Create' });
    for (const operationName of [undefined, null, '', 'Other']) {
      const { status, body } = await post(service, { query, operationName });
      expect(status).toBe(400);
      expect(body.data ?? null).toBeNull();
      expect(body.errors).toHaveLength(1);
    }
  });

  test('refuses what follows a document that was let through with credentials', async () => {
    const caller = await service.addCaller();
    const query = '{ badgeGroups { id } }';
    expect((await caller.execute(query)).status).toBe(200);
    await expectRefusal(service, { query });
  });

  test('refuses a query by GET just the same', async () => {
    const headers = { 'x-graphql-yoga-csrf': '1' };
    const get = (query: string) => service.fetch(`/graphql?query=${encodeURIComponent(query)}`, { headers });
    expect((await get('{ badgeGroups { id } }')).status).toBe(401);
    expect((await get('{ __typename }')).status).toBe(200);
  });

  test.each([
    '{ ...A } fragment A on Query { ...A }',
    '{ ...A } fragment A on Query { __typename ...B } fragment B on Query { ...A }',
    '{ ...Missing }',
    '{ nonsense }',
    '{ __typename nonsense { nonsense } }',
    'mutation { nonsense }',
  ])('answers %s as invalid', async (document) => {
    const { status, data, errors } = await service.execute(document, undefined, graphqlResponse);
    expect(status).toBe(422);
    expect(data).toBeUndefined();
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(await service.execute(document)).toMatchObject({ status: 200, errors });
  });

  test('refuses circular fragments around what it refuses', async () => {
    const query = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A badgeGroups { id } }';
    await expectRefusal(service, { query });
  });

  const closed = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {})
      .filter(({ name }) => name !== '_service')
      .map((field) => [`${type?.name}.${field.name}`, writeOperation(String(type?.name), field)] as const),
  );

  test('every root field is tried', () => {
    expect(closed.map(([name]) => name)).toEqual(
      expect.arrayContaining(['Query._entities', 'Query.badgeGroups', 'Mutation.createBadgeGroup']),
    );
  });

  test.each(closed)('refuses %s', async (_name, query) => {
    await expectRefusal(service, { query });
  });
});

describe('where introspection is off', () => {
  let closed: TestService;

  beforeAll(() => {
    closed = service.with({ introspection: false });
  });

  test.each([
    '{ __schema { queryType { name } } }',
    '{ __type(name: "BadgeGroup") { name } }',
    '{ _service { sdl } }',
    '{ alias: _service { sdl } }',
    '{ ...A } fragment A on Query { __schema { queryType { name } } }',
    '{ ...A } fragment A on Query { _service { sdl } }',
    '{ __typename ... { _service { sdl } } }',
  ])('%s is refused, with and without credentials', async (query) => {
    await expectRefusal(closed, { query });
    const { authorization } = await service.addCaller();
    const { status, data, errors } = await closed.execute(query, undefined, {
      authorization,
      ...graphqlResponse,
    });
    expect(status).toBe(422);
    expect(data).toBeUndefined();
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/introspection/i),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  test('__typename and the rest of the API go on', async () => {
    expect(await closed.execute('{ __typename }')).toMatchObject({
      status: 200,
      data: { __typename: 'Query' },
    });
    expect((await closed.execute('{ ...A } fragment A on Query { __typename }')).status).toBe(200);
    const { authorization } = await service.addCaller();
    const listed = await closed.execute('{ badgeGroups { id __typename } }', undefined, { authorization });
    expect(listed).toMatchObject({ status: 200, data: { badgeGroups: [] } });
  });

  test.each([
    ['{ badgeGroup }', undefined],
    ['{ badgeGroups }', undefined],
    ['{ nonsense }', undefined],
    ['{ __typename badgeGroup { id } }', undefined],
    ['query A { __typename } query B { badgeGroup }', 'A'],
    ['query A { __typename } query B { badgeGroups { id } }', 'A'],
    ['query A { __typename } query B { badgeGroup }', undefined],
    ['{ __typename } fragment F on BadgeGrou { __typename }', undefined],
    ['{ __typename } fragment F on BadgeGroup { nam }', undefined],
    ['query ($order: BadgeGroupOrde) { __typename }', undefined],
    ['query ($order: BadgeGroupOrder = DES) { __typename }', undefined],
    ['{ __typename ... on BadgeGroup { __typename } }', undefined],
    ['{ _entities(representations: []) { __typename } }', undefined],
    ['{ _entity }', undefined],
    ['mutation { createBadgeGrou }', undefined],
  ])('%s (operation %s) tells strangers nothing of the schema', async (query, operationName) => {
    await expectRefusal(closed, { query, operationName });
    // Again, because the document is parsed and validated once and remembered.
    await expectRefusal(closed, { query, operationName });
  });
});

/** 401 with its challenge, no data, and not one statement sent to the database. */
async function expectRefusal(
  service: TestService,
  params: { query: string; operationName?: string | null | undefined },
): Promise<void> {
  queries.length = 0;
  const { status, headers, body } = await post(service, params);
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Basic realm="badge-groups", charset="UTF-8"');
  expect(body).toEqual({
    errors: [
      {
        message: 'Credentials are needed: send an Authorization header.',
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ],
  });
  expect(queries).toEqual([]);
}

async function post(service: TestService, params: object) {
  const response = await service.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  const body = (await response.json()) as { data?: unknown; errors?: unknown[] };
  return { status: response.status, headers: response.headers, body };
}

/** A valid operation that reads one root field. */
function writeOperation(typeName: string, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.filter(isRequiredArgument).map((arg) => {
    const inner = isNonNullType(arg.type) ? arg.type.ofType : arg.type;
    return `${arg.name}: ${'ofType' in inner ? '[]' : getNamedType(inner).name === 'ID' ? '"1"' : '{}'}`;
  });
  const list = given.length > 0 ? `(${given.join(', ')})` : '';
  return `${typeName.toLowerCase()} { ${name}${list}${isCompositeType(getNamedType(type)) ? ' { __typename }' : ''} }`;
}
