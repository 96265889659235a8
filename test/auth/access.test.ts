import { execute, type OperationTypeNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/schema/base/context.ts';
import { schema } from '../../src/schema/schema.ts';
import { databaseKinds } from '../support/databases.ts';
import { entityNames, findNeutralValue, type RootOperation, rootOperations } from '../support/operations.ts';
import { basic, useService } from '../support/service.ts';

const named = rootOperations.map((operation) => [operation.name, operation] as const);
const mutations = named.filter(([, { kind }]) => kind === 'mutation');

/** The least and the most that may be given. */
const fillings = (operation: RootOperation) => [
  operation.build(findNeutralValue),
  operation.build(findNeutralValue, operation.places),
];

test('The walk through the schema finds what is known to be there', () => {
  const names = rootOperations.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['badgeGroups', '_entities', 'createBadgeGroup']));
  expect(entityNames).toContain('BadgeGroup');
  expect(schema.getSubscriptionType()).toBeUndefined();
});

describe('Without credentials', () => {
  const held = useService('a Postgres server');

  test.each(named)('%s is refused', async (_name, operation) => {
    for (const { query, variables } of fillings(operation)) {
      expect(await held.service.execute(query, variables)).toMatchObject({
        status: 401,
        data: undefined,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
  });

  test.each(named)('%s is refused in every disguise', async (_name, operation) => {
    const { kind, name } = operation;
    const { declarations, field, variables } = operation.buildField(findNeutralValue, operation.places);
    const type = schema.getRootType(kind as OperationTypeNode)?.name;
    const disguises = [
      `${kind}${declarations} { __typename ${field} }`,
      `${kind}${declarations} { _service: ${field} }`,
      `${kind}${declarations} { __typename: ${field} }`,
      `${kind}${declarations} { ... { ... on ${type} { ${field} } } }`,
      `${kind}${declarations} { ...A } fragment A on ${type} { ...B } fragment B on ${type} { ${field} }`,
      `query A { __typename } ${kind} B${declarations} { ${field} }`,
      `${kind} B${declarations} { ${field} } query A { __typename }`,
    ];
    for (const query of disguises) {
      const operationName = query.includes(' B') && query.includes('query A') ? 'B' : undefined;
      const response = await held.service.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables, operationName }),
      });
      expect(response.status, `${name}: ${query}`).toBe(401);
    }
  });

  test.each(named)(
    '%s is refused by its own resolver too, before it reads anything',
    async (_name, operation) => {
      const untouchable = new Proxy(
        {},
        { get: (_target, key) => expect.fail(`The database was asked to ${String(key)}.`) },
      );
      const contextValue = {
        db: untouchable,
        challenges: 'Basic',
        formatInstant: String,
      } as unknown as Context;
      for (const { query, variables } of fillings(operation)) {
        const { errors } = await execute({
          schema,
          document: parse(query),
          variableValues: variables,
          contextValue,
        });
        expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['UNAUTHENTICATED']);
      }
    },
  );

  test('the schema may be read, and nothing else is told', async () => {
    const query = '{ __typename _service { sdl } __schema { queryType { name } } }';
    expect(await held.service.execute(query)).toMatchObject({
      status: 200,
      data: { __typename: 'Query', __schema: { queryType: { name: 'Query' } } },
    });
  });

  test('the next request is not taken for the caller of the last', async () => {
    const caller = await held.service.addCaller();
    expect(await caller.list()).toEqual([]);
    expect((await held.service.execute('{ badgeGroups { id } }')).status).toBe(401);
  });
});

describe('With wrong credentials', () => {
  const held = useService('a Postgres server');

  test.each<[string, string]>([
    ...named.map(([name, operation]): [string, string] => [name, operation.build(findNeutralValue).query]),
    ['__typename', '{ __typename }'],
    ['__schema', '{ __schema { queryType { name } } }'],
    ['_service', '{ _service { sdl } }'],
  ])('%s is refused', async (_name, query) => {
    const authorization = basic('nobody', 'wrong');
    expect(await held.service.execute(query, {}, { authorization })).toMatchObject({
      status: 401,
      data: undefined,
      errors: [{ message: 'The credentials are wrong.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});

describe.each(databaseKinds)('With READ access on %s', (kind) => {
  const held = useService(kind);

  test.each(mutations)('%s answers 403 whatever the input, and writes nothing', async (name, operation) => {
    const writer = await held.service.addCaller();
    const group = await writer.create({ name: 'Gold', rank: 1 });
    const reader = await held.service.addCaller({ orgId: writer.orgId, access: 'read' });
    const inputs = [
      ...fillings(operation),
      operation.build(
        (place) => (place.type === 'ID' ? group.id : findNeutralValue(place)),
        operation.places,
      ),
      operation.build(
        (place) => (place.type === 'String' ? '\0' : findNeutralValue(place)),
        operation.places,
      ),
    ];
    for (const { query, variables } of inputs) {
      const { status, data, errors } = await reader.execute<Record<string, unknown>, object>(
        query,
        variables,
      );
      expect({ status, errors }).toEqual({ status: 200, errors: undefined });
      expect(data?.[name]).toEqual({
        __typename: 'BadgeGroupAccessDeniedError',
        code: 403,
        message: expect.stringContaining('WRITE'),
        path: [],
      });
    }
    expect(await writer.list()).toEqual([group]);
  });

  test.each(named.filter(([, operation]) => operation.kind === 'query'))(
    '%s answers',
    async (_name, operation) => {
      const reader = await held.service.addCaller({ access: 'read' });
      const { query, variables } = operation.build(findNeutralValue);
      expect(await reader.execute(query, variables)).toMatchObject({ status: 200, errors: undefined });
    },
  );
});
