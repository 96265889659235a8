import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  assertNamedType,
  buildClientSchema,
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  introspectionFromSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { printSdl } from '../../src/schema/sdl.ts';
import { printTypes, typesFile } from '../support/print-types.ts';
import { useService } from '../support/service.ts';

describe('schema.graphql', () => {
  const held = useService('the embedded database');

  test('is what "npm run schema" writes', async () => {
    expect(await readSchemaFile()).toBe(printSdl(schema));
  });

  test('is what gateways are given by _service', async () => {
    const { data } = await held.service.execute<{ _service: { sdl: string } }, never>('{ _service { sdl } }');
    expect(data?._service.sdl).toBe(await readSchemaFile());
  });
});

test('the types by which the compiler checks the operations of the tests are those of the schema', async () => {
  expect(await readFile(typesFile, 'utf8')).toBe(printTypes());
});

test('everything in the schema has a description', () => {
  const types = Object.values(schema.getTypeMap()).filter(isOwn);
  const members = types.flatMap((type) => [
    [type.name, type.description],
    ...listMembers(type).map(({ name, description }) => [`${type.name}.${name}`, description]),
  ]);
  expect(members.length).toBeGreaterThan(50);
  expect(members.filter(([, description]) => !description)).toEqual([]);
});

test('every error says in its description with which code it comes', () => {
  const errors = Object.values(schema.getTypeMap()).filter(({ name }) => /^BadgeGroup\w+Error$/.test(name));
  expect(errors.length).toBe(7);
  for (const { description } of errors) expect(description).toMatch(/^Code \d{3}, when .+\. [A-Z].+\.$/);
});

const errorFields = 'code: Int! message: String! path: [String!]!';

/** The contract. */
const contract = buildSchema(`
  type BadgeGroup {
    id: ID!
    orgId: Int!
    name: String!
    rank: Int!
    createdBy: Int!
    createdOn: Float!
    createdOnISO: DateTime!
    lastUpdatedBy: Int!
    lastUpdatedOn: Float!
    lastUpdatedOnISO: DateTime!
    isActive: Boolean!
    history(first: Int, after: String, last: Int, before: String): BadgeGroupVersionConnection!
  }
  type BadgeGroupVersion {
    name: String!
    rank: Int!
    isActive: Boolean!
    changedBy: Int!
    changedOn: Float!
    changedOnISO: DateTime!
  }
  type BadgeGroupVersionConnection { edges: [BadgeGroupVersionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type BadgeGroupVersionEdge { cursor: String! node: BadgeGroupVersion! }
  scalar DateTime @specifiedBy(url: "https://datatracker.ietf.org/doc/html/rfc3339")
  type Query {
    badgeGroup(id: ID!): BadgeGroup
    badgeGroupByName(name: String!): BadgeGroup
    badgeGroupsById(ids: [ID!]!): [BadgeGroup]!
    badgeGroups(order: BadgeGroupOrder! = DESC, isActive: Boolean, nameContains: String,
      first: Int! = 1000): [BadgeGroup!]!
    badgeGroupsConnection(order: BadgeGroupOrder! = DESC, isActive: Boolean, nameContains: String,
      first: Int, after: String, last: Int, before: String): BadgeGroupConnection!
  }
  type BadgeGroupConnection { edges: [BadgeGroupEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type BadgeGroupEdge { cursor: String! node: BadgeGroup! }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  enum BadgeGroupOrder { ASC DESC }
  type Mutation {
    createBadgeGroup(input: CreateBadgeGroupInput!): CreateBadgeGroupResult
    updateBadgeGroup(input: UpdateBadgeGroupInput!): UpdateBadgeGroupResult
    reorderBadgeGroups(input: ReorderBadgeGroupsInput!): ReorderBadgeGroupsResult
  }
  input CreateBadgeGroupInput { name: String rank: Int }
  input UpdateBadgeGroupInput { id: ID! name: String rank: Int isActive: Boolean ifLastUpdatedOn: Float }
  input ReorderBadgeGroupsInput { ranks: [BadgeGroupRankInput!]! }
  input BadgeGroupRankInput { id: ID! rank: Int ifLastUpdatedOn: Float }
  type BadgeGroupsReordered { badgeGroups: [BadgeGroup!]! }
  union ReorderBadgeGroupsResult = BadgeGroupsReordered | BadgeGroupAccessDeniedError
    | BadgeGroupRankMandatoryError | BadgeGroupNotFoundError | BadgeGroupChangedError
  interface BadgeGroupError { ${errorFields} }
  union CreateBadgeGroupResult = BadgeGroup | BadgeGroupNameMandatoryError | BadgeGroupRankMandatoryError
    | BadgeGroupNameNotUniqueError | BadgeGroupNameInvalidError | BadgeGroupAccessDeniedError
  union UpdateBadgeGroupResult = BadgeGroup | BadgeGroupNameMandatoryError | BadgeGroupRankMandatoryError
    | BadgeGroupNameNotUniqueError | BadgeGroupNameInvalidError | BadgeGroupAccessDeniedError
    | BadgeGroupNotFoundError | BadgeGroupChangedError
  type BadgeGroupNameMandatoryError implements BadgeGroupError { ${errorFields} }
  type BadgeGroupRankMandatoryError implements BadgeGroupError { ${errorFields} }
  type BadgeGroupNameNotUniqueError implements BadgeGroupError { ${errorFields} existingGroup: BadgeGroup }
  type BadgeGroupNameInvalidError implements BadgeGroupError { ${errorFields} }
  type BadgeGroupAccessDeniedError implements BadgeGroupError { ${errorFields} }
  type BadgeGroupNotFoundError implements BadgeGroupError { ${errorFields} }
  type BadgeGroupChangedError implements BadgeGroupError { ${errorFields} currentGroup: BadgeGroup! }
`);

test.each(
  Object.values(contract.getTypeMap())
    .filter(isOwn)
    .map(({ name }) => name),
)('%s is as the contract has it', (name) => {
  expect(printPlainType(schema, name)).toBe(printPlainType(contract, name));
});

test('nothing else is in the schema but what federation adds', () => {
  const names = Object.values(schema.getTypeMap())
    .filter(isOwn)
    .map(({ name }) => name);
  const others = names.filter((name) => !contract.getType(name));
  expect(others.toSorted()).toEqual(['_Any', '_Entity', '_Service']);
  expect(Object.keys(schema.getQueryType()?.getFields() ?? {}).toSorted()).toEqual([
    '_entities',
    '_service',
    'badgeGroup',
    'badgeGroupByName',
    'badgeGroups',
    'badgeGroupsById',
    'badgeGroupsConnection',
  ]);
});

test('BadgeGroup is an entity of federation 2.9 by its id', async () => {
  const sdl = await readSchemaFile();
  expect(sdl).toContain(
    '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@key", "@listSize", "@shareable"])',
  );
  expect(sdl).toMatch(/^type BadgeGroup\s+@key\(fields: "id"\)\s/m);
});

/** In alphabetical order, without descriptions and without what federation adds. */
function printPlainType(from: GraphQLSchema, name: string): string {
  const introspection = introspectionFromSchema(from, { descriptions: false });
  const plain = lexicographicSortSchema(buildClientSchema(introspection));
  return printType(assertNamedType(plain.getType(name))).replaceAll(/^ {2}_(entities|service)\b.*\n/gm, '');
}

async function readSchemaFile(): Promise<string> {
  return await readFile(join(import.meta.dirname, '../../schema.graphql'), 'utf8');
}

/** Of the service's own making: neither GraphQL's nor its introspection's. */
function isOwn(type: GraphQLNamedType): boolean {
  return !isSpecifiedScalarType(type) && !type.name.startsWith('__');
}

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

function listMembers(type: GraphQLNamedType): Described[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    field,
    ...field.args.map(({ name, description }) => ({ name: `${field.name}(${name})`, description })),
  ]);
}
