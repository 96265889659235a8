import { readFileSync } from 'node:fs';
import { type GraphQLSchema, isObjectType, isScalarType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { badgesSdl } from '../support/badges-subgraph.ts';
import { compose, composerNames } from '../support/composers.ts';

const subgraph = readFileSync('schema.graphql', 'utf8');

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

describe.each(composerNames)('%s composes the subgraph', (composer) => {
  test('alone', () => {
    const { supergraph, complaints } = compose(composer, subgraph);
    expect(complaints).toEqual([]);
    expect(supergraph?.getType('BadgeGroup')).toBeDefined();
  });

  test('with a neighbour that extends BadgeGroup', () => {
    const { supergraph, complaints } = compose(composer, subgraph, badgesSdl);
    expect(complaints).toEqual([]);
    expect(getFieldNames(supergraph, 'BadgeGroup')).toEqual(
      expect.arrayContaining(['id', 'name', 'lastUpdatedOnISO', 'badges']),
    );
  });

  test('and tells gateways what its fields cost and how long its lists are', () => {
    const composed = compose(composer, subgraph, badgesSdl);
    expect(composed.getCost('BadgeGroup', 'name')).toMatchObject({ weight: 1 });
    expect(composed.getCost('BadgeGroupConnection', 'totalCount')).toMatchObject({ weight: 1_000 });
    expect(composed.getCost('Mutation', 'createBadgeGroup')).toMatchObject({ weight: 10 });
    expect(composed.getCost('Query', 'badgeGroups')).toMatchObject({
      slicingArguments: ['first'],
      requireOneSlicingArgument: false,
    });
    expect(composed.getCost('Query', 'badgeGroupsConnection')).toMatchObject({
      assumedSize: 100,
      slicingArguments: ['first', 'last'],
      sizedFields: ['edges'],
      requireOneSlicingArgument: false,
    });
    expect(composed.getCost('Query', 'badgeGroupsById')).toMatchObject({ assumedSize: 1_000 });
    expect(composed.getCost('BadgeGroup', 'badges')).toMatchObject({ assumedSize: 20 });
  });

  test('with a neighbour that extends BadgeGroup as Federation 1 does, if not in silence', () => {
    const { supergraph, complaints } = compose(
      composer,
      subgraph,
      `extend type BadgeGroup @key(fields: "id") { id: ID! @external color: String }
       extend type Query { colors: [String!]! }`,
    );
    for (const complaint of complaints) expect(complaint).toContain('relics of Federation Version 1');
    expect(getFieldNames(supergraph, 'BadgeGroup')).toContain('color');
  });

  test('with a neighbour that only refers to BadgeGroup', () => {
    const neighbour = `${link}
      type BadgeGroup @key(fields: "id", resolvable: false) { id: ID! }
      type Query { favourite: BadgeGroup }`;
    expect(compose(composer, subgraph, neighbour).complaints).toEqual([]);
  });

  test('with neighbours that have names like ours of their own', () => {
    const { supergraph, complaints } = compose(
      composer,
      subgraph,
      `${link}
      interface Error { message: String! }
      type NotFoundError implements Error { message: String! }
      type NameNotUniqueError implements Error { message: String! }
      enum SortOrder { ASC DESC }
      input CreateInput { name: String! rank: Int! }
      union CreateResult = NotFoundError | NameNotUniqueError
      type Query { things(order: SortOrder): [String!]! }
      type Mutation { create(input: CreateInput!): CreateResult }`,
    );
    expect(complaints).toEqual([]);
    expect(getFieldNames(supergraph, 'Query')).toEqual(expect.arrayContaining(['badgeGroups', 'things']));
  });

  test.each([
    ['without a specification', 'scalar DateTime'],
    ['of the same specification', `scalar DateTime @specifiedBy(url: "${getDateTimeSpecification()}")`],
    ['with words of its own', '"An instant." scalar DateTime'],
  ])('with a neighbour that has a DateTime %s', (_title, dateTime) => {
    const { complaints } = compose(composer, subgraph, `${link} ${dateTime} type Query { now: DateTime! }`);
    expect(complaints).toEqual([]);
  });

  test('with a neighbour whose DateTime names another specification, if not in silence', () => {
    const neighbour = `${link}
      scalar DateTime @specifiedBy(url: "https://scalars.test/date-time")
      type Query { now: DateTime! }`;
    const { supergraph, complaints } = compose(composer, subgraph, neighbour);
    expect(getFieldNames(supergraph, 'Query')).toContain('now');
    for (const complaint of complaints) expect(complaint).toContain('@specifiedBy');
  });

  test('with a neighbour that has pages of its own', () => {
    const neighbour = `${link}
      "Where one is." type PageInfo @shareable {
        "Is there more?" hasNextPage: Boolean!
        hasPreviousPage: Boolean!
        startCursor: String
        endCursor: String
      }
      type Connection { edges: [Edge!]! pageInfo: PageInfo! }
      type Edge { cursor: String! }
      type Query { things: Connection! }`;
    const { supergraph, complaints } = compose(composer, subgraph, neighbour);
    expect(complaints).toEqual([]);
    expect(supergraph?.getType('PageInfo')?.description).toBe('Where one is.');
  });

  test('with a neighbour that describes Query and Mutation', () => {
    const { supergraph, complaints } = compose(
      composer,
      subgraph,
      `${link} "All there is." type Query { now: Int } "All one can do." type Mutation { stop: Int }`,
    );
    expect(complaints).toEqual([]);
    expect(supergraph?.getQueryType()?.description).toBe('All there is.');
  });

  test('and refuses a neighbour that takes a field of ours for its own', () => {
    const { complaints } = compose(
      composer,
      subgraph,
      `${link} type BadgeGroup @key(fields: "id") { id: ID! name: String! } type Query { first: BadgeGroup }`,
    );
    expect(complaints.join()).toMatch(/BadgeGroup\b.*\bname\b.*shareable/s);
  });
});

function getFieldNames(schema: GraphQLSchema | undefined, typeName: string): string[] {
  const type = schema?.getType(typeName);
  return isObjectType(type) ? Object.keys(type.getFields()) : [];
}

function getDateTimeSpecification(): string {
  const type = schema.getType('DateTime');
  return isScalarType(type) ? String(type.specifiedByURL) : '';
}
