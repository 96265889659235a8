import { readFileSync } from 'node:fs';
import { composeServices as composeWithApollo } from '@apollo/composition';
import { getDirectives } from '@graphql-tools/utils';
import { composeServices as composeWithHive } from '@theguild/federation-composition';
import { buildSchema, type GraphQLSchema, isObjectType, isScalarType, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { badgesSdl } from '../support/badges-subgraph.ts';

const composers = {
  '@apollo/composition': composeWithApollo,
  '@theguild/federation-composition': composeWithHive,
};

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

describe.each(Object.keys(composers) as (keyof typeof composers)[])(
  '%s composes the subgraph',
  (composer) => {
    test('alone', () => {
      const { supergraph, complaints } = compose(composer);
      expect(complaints).toEqual([]);
      expect(supergraph?.getType('BadgeGroup')).toBeDefined();
    });

    test('with a neighbour that extends BadgeGroup', () => {
      const { supergraph, complaints } = compose(composer, badgesSdl);
      expect(complaints).toEqual([]);
      expect(getFieldNames(supergraph, 'BadgeGroup')).toEqual(
        expect.arrayContaining(['id', 'name', 'lastUpdatedOnISO', 'badges']),
      );
    });

    test('and tells gateways what its fields cost and how long its lists are', () => {
      const { supergraph } = compose(composer, badgesSdl);
      const tell = (...coordinates: [string, string]) => getCosts(supergraph, ...coordinates);
      expect(tell('BadgeGroup', 'name')).toEqual({ cost: { weight: 1 } });
      expect(tell('BadgeGroupConnection', 'totalCount')).toEqual({ cost: { weight: 1_000 } });
      expect(tell('Mutation', 'createBadgeGroup')).toEqual({ cost: { weight: 10 } });
      expect(tell('Query', 'badgeGroups')).toEqual({
        listSize: { slicingArguments: ['first'], requireOneSlicingArgument: false },
      });
      expect(tell('Query', 'badgeGroupsConnection')).toEqual({
        listSize: {
          assumedSize: 100,
          slicingArguments: ['first', 'last'],
          sizedFields: ['edges'],
          requireOneSlicingArgument: false,
        },
      });
      expect(tell('BadgeGroup', 'badges')).toMatchObject({ listSize: { assumedSize: 20 } });
    });

    test('with a neighbour that extends BadgeGroup as Federation 1 does', () => {
      const { supergraph, complaints } = compose(
        composer,
        `extend type BadgeGroup @key(fields: "id") { id: ID! @external color: String }
       extend type Query { colors: [String!]! }`,
      );
      expect(complaints).toEqual([]);
      expect(getFieldNames(supergraph, 'BadgeGroup')).toContain('color');
    });

    test('with a neighbour that only refers to BadgeGroup', () => {
      const neighbour = `${link}
      type BadgeGroup @key(fields: "id", resolvable: false) { id: ID! }
      type Query { favourite: BadgeGroup }`;
      expect(compose(composer, neighbour).complaints).toEqual([]);
    });

    test('with neighbours that have names like ours of their own', () => {
      const { supergraph, complaints } = compose(
        composer,
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
      const { complaints } = compose(composer, `${link} ${dateTime} type Query { now: DateTime! }`);
      expect(complaints).toEqual([]);
    });

    test('with a neighbour whose DateTime names another specification, if not in silence', () => {
      const neighbour = `${link}
      scalar DateTime @specifiedBy(url: "https://scalars.test/date-time")
      type Query { now: DateTime! }`;
      const { supergraph, complaints } = compose(composer, neighbour);
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
      const { supergraph, complaints } = compose(composer, neighbour);
      expect(complaints).toEqual([]);
      expect(supergraph?.getType('PageInfo')?.description).toBe('Where one is.');
    });

    test('with a neighbour that describes Query and Mutation', () => {
      const { supergraph, complaints } = compose(
        composer,
        `${link} "All there is." type Query { now: Int } "All one can do." type Mutation { stop: Int }`,
      );
      expect(complaints).toEqual([]);
      expect(supergraph?.getQueryType()?.description).toBe('All there is.');
    });

    test('and refuses a neighbour that takes a field of ours for its own', () => {
      const { complaints } = compose(
        composer,
        `${link} type BadgeGroup @key(fields: "id") { id: ID! name: String! } type Query { first: BadgeGroup }`,
      );
      expect(complaints.join()).toMatch(/BadgeGroup\.name.*shareable/s);
    });
  },
);

const subgraph = parse(readFileSync('schema.graphql', 'utf8'));

/** The supergraph, and what the composer complains of: its errors, and its hints where it has any. */
function compose(
  composer: keyof typeof composers,
  ...neighbours: string[]
): { supergraph: GraphQLSchema | undefined; complaints: string[] } {
  const services = [subgraph, ...neighbours.map((sdl) => parse(sdl))].map((typeDefs, index) => ({
    name: `subgraph-${index}`,
    url: `http://subgraph-${index}.test/graphql`,
    typeDefs,
  }));
  const { supergraphSdl, errors = [], ...rest } = composers[composer](services);
  const hints = 'hints' in rest ? (rest.hints ?? []) : [];
  return {
    supergraph: supergraphSdl === undefined ? undefined : buildSchema(supergraphSdl),
    complaints: [...errors, ...hints].map(({ message }) => message),
  };
}

function getFieldNames(schema: GraphQLSchema | undefined, typeName: string): string[] {
  const type = schema?.getType(typeName);
  return isObjectType(type) ? Object.keys(type.getFields()) : [];
}

function getCosts(schema: GraphQLSchema | undefined, typeName: string, fieldName: string): object {
  const type = schema?.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  const directives = schema && field ? getDirectives(schema, field) : [];
  const costs = directives.filter(({ name }) => name === 'cost' || name === 'listSize');
  return Object.fromEntries(costs.map(({ name, args }) => [name, args]));
}

function getDateTimeSpecification(): string {
  const type = schema.getType('DateTime');
  return isScalarType(type) ? String(type.specifiedByURL) : '';
}
