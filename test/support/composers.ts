import { composeServices as composeWithApollo } from '@apollo/composition';
import { getDirectives } from '@graphql-tools/utils';
import { composeServices as composeWithHive } from '@theguild/federation-composition';
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION } from '@wundergraph/composition';
import { buildSchema, type DocumentNode, type GraphQLSchema, isObjectType, parse } from 'graphql';

export interface Composed {
  /** Undefined where the composer refuses. */
  readonly supergraph: GraphQLSchema | undefined;
  /** The errors of the composer and, where it has any, its hints. */
  readonly complaints: readonly string[];
  /** What the gateway of this composer is told of a field: the arguments of its `@cost` and `@listSize`. */
  getCost(typeName: string, fieldName: string): object;
}

interface Service {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

const composers = {
  '@apollo/composition': (services: Service[]): Composed => {
    const { supergraphSdl, errors = [], hints = [] } = composeWithApollo(services);
    return readSupergraph(supergraphSdl, [...errors, ...hints]);
  },
  '@theguild/federation-composition': (services: Service[]): Composed => {
    const { supergraphSdl, errors = [] } = composeWithHive(services);
    return readSupergraph(supergraphSdl, errors);
  },
  // Of WunderGraph's Cosmo, whose router has the costs beside the schema.
  '@wundergraph/composition': (services: Service[]): Composed => {
    const result = federateSubgraphs({
      subgraphs: services.map(({ typeDefs, ...service }) => ({ ...service, definitions: typeDefs })),
      version: LATEST_ROUTER_COMPATIBILITY_VERSION,
    });
    const costs = result.success
      ? [...result.subgraphConfigBySubgraphName.values()].map((subgraph) => subgraph.costs)
      : [];
    return {
      supergraph: result.success ? result.federatedGraphSchema : undefined,
      complaints: [...(result.success ? [] : result.errors), ...result.warnings].map(getMessage),
      getCost(typeName, fieldName) {
        const coordinate = `${typeName}.${fieldName}` as const;
        const told = costs.flatMap((cost) => [
          cost?.fieldWeights.get(coordinate),
          cost?.listSizes.get(coordinate),
        ]);
        return Object.assign({}, ...told);
      },
    };
  },
};

export type Composer = keyof typeof composers;

export const composerNames = Object.keys(composers) as Composer[];

/** Composes subgraphs, given by their SDL. */
export function compose(composer: Composer, ...sdls: readonly string[]): Composed {
  const services = sdls.map((sdl, index) => ({
    name: `subgraph-${index}`,
    url: `http://subgraph-${index}.test/graphql`,
    typeDefs: parse(sdl),
  }));
  return composers[composer](services);
}

function readSupergraph(sdl: string | undefined, complaints: readonly { message: string }[]): Composed {
  const supergraph = sdl === undefined ? undefined : buildSchema(sdl);
  return {
    supergraph,
    complaints: complaints.map(getMessage),
    getCost(typeName, fieldName) {
      const type = supergraph?.getType(typeName);
      const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
      const directives = supergraph && field ? getDirectives(supergraph, field) : [];
      const told = directives.filter(({ name }) => name === 'cost' || name === 'listSize');
      return Object.assign({}, ...told.map(({ args }) => args));
    },
  };
}

function getMessage({ message }: { message: string }): string {
  return message;
}
