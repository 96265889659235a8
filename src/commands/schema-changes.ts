import { composeServices as composeWithApollo } from '@apollo/composition';
import {
  composeServices as composeWithHive,
  transformSupergraphToPublicSchema,
} from '@theguild/federation-composition';
import {
  buildASTSchema,
  concatAST,
  type DocumentNode,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  parse,
} from 'graphql';
import { findEntities, makeNeighbour } from './neighbour.ts';

const composers = {
  '@apollo/composition': composeWithApollo,
  '@theguild/federation-composition': composeWithHive,
};

type Composer = keyof typeof composers;

/**
 * What may hurt clients and other subgraphs of the previous version, a line each: what graphql calls breaking or
 * dangerous, in the subgraph itself and in the API that each composer makes of it beside a neighbour.
 */
export function findHurtfulChanges(previous: string, current: string): string[] {
  const [before, after] = [parse(previous), parse(current)];
  const neighbour = makeNeighbour(before);
  const changes = compare(buildSubgraph(before), buildSubgraph(after));
  for (const composer of Object.keys(composers) as Composer[]) {
    const compose = (subgraph: DocumentNode) => composeApi(composer, [subgraph, neighbour]);
    const [api, newApi] = [compose(before), compose(after)];
    if (newApi instanceof Error) changes.push(describe(composer, newApi));
    else if (api instanceof Error) changes.push(describe(composer, api));
    else changes.push(...compare(api, newApi));
  }
  return [...new Set(changes)];
}

/** The first error where the composer refuses: the others are mostly the same, of other fields. */
function composeApi(composer: Composer, subgraphs: readonly DocumentNode[]): GraphQLSchema | Error {
  const services = subgraphs.map((typeDefs, index) => ({
    name: index === 0 ? 'this' : 'neighbour',
    url: `http://subgraph-${index}.test/graphql`,
    typeDefs,
  }));
  const { supergraphSdl, errors = [] } = composers[composer](services);
  if (supergraphSdl === undefined) return errors[0] ?? new Error('No supergraph.');
  return buildASTSchema(transformSupergraphToPublicSchema(parse(supergraphSdl)));
}

function describe(composer: Composer, { message }: Error): string {
  return `${composer}: ${message.replaceAll(/\s+/g, ' ').trim()}`;
}

function compare(previous: GraphQLSchema, current: GraphQLSchema): string[] {
  const changes = [...findBreakingChanges(previous, current), ...findDangerousChanges(previous, current)];
  return changes.map(({ description }) => description);
}

/** With the union of its entities, as federation has it, so that a type that ceases to be one counts. */
function buildSubgraph(document: DocumentNode): GraphQLSchema {
  const entities = findEntities(document).map(({ name }) => name.value);
  const union = entities.length > 0 ? [parse(`union _Entity = ${entities.join(' | ')}`)] : [];
  return buildASTSchema(concatAST([document, ...union]), { assumeValidSDL: true });
}
