import { composeServices as composeWithApollo } from '@apollo/composition';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import {
  createGatewayRuntime,
  type GatewayConfigContext,
  type UnifiedGraphHandler,
} from '@graphql-hive/gateway-runtime';
import http from '@graphql-mesh/transport-http';
import { composeServices as composeWithHive } from '@theguild/federation-composition';
import { type DocumentNode, type GraphQLFormattedError, parse } from 'graphql';
import { pino } from 'pino';

export interface Subgraph {
  readonly name: string;
  readonly url: string;
}

/** What a gateway has sent to a subgraph. */
export interface Sent {
  readonly url: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

export interface GatewayAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: { readonly cost?: { readonly estimated: number } };
}

export interface GatewayOptions {
  /** Whether it has been told to send the client's Authorization header on. */
  readonly forwards?: boolean;
  /** Has Hive Gateway estimate what operations cost, and refuse those that cost more. */
  readonly maxCost?: number;
  /** The media types that Apollo Gateway takes from subgraphs, by itself all; Hive Gateway names ours. */
  readonly accept?: string;
  /** Whether it keeps whole answers for whoever asks the same, as far as the subgraphs let it; Hive Gateway only. */
  readonly caches?: boolean;
}

export interface Gateway {
  readonly sent: Sent[];
  execute(
    query: string,
    options?: { variables?: Record<string, unknown>; authorization?: string },
  ): Promise<GatewayAnswer>;
  stop(): Promise<void>;
}

/** Each composes with its vendor's composer, from what the subgraphs' `_service` answers. */
export const startGateway = {
  'Apollo Gateway': startApolloGateway,
  'Hive Gateway': startHiveGateway,
  'Hive Gateway on the query planner of Hive Router': startHiveGatewayOnRouter,
};

export const gatewayKinds = Object.keys(startGateway) as (keyof typeof startGateway)[];

async function startApolloGateway(
  subgraphs: readonly Subgraph[],
  { forwards = true, accept }: GatewayOptions = {},
): Promise<Gateway> {
  const sent: Sent[] = [];
  const { supergraphSdl, errors } = composeWithApollo(await readTypeDefs(subgraphs));
  if (!supergraphSdl) throw new AggregateError(errors ?? []);
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: pino({ level: 'silent' }),
    buildService: ({ url }) =>
      new RemoteGraphQLDataSource({
        url: url as string,
        willSendRequest({ request, context }) {
          sent.push({ url, ...request } as Sent);
          const { authorization } = context as { authorization?: string };
          if (accept) request.http?.headers.set('accept', accept);
          if (forwards && authorization) request.http?.headers.set('authorization', authorization);
        },
      }),
  });
  const { executor, schema } = await gateway.load();
  return {
    sent,
    async execute(query, { variables = {}, authorization } = {}) {
      // What Apollo Server would hand over, as far as the gateway reads it.
      const requestContext = {
        request: { query, variables },
        document: parse(query),
        source: query,
        queryHash: query,
        operationName: null,
        context: { authorization },
        metrics: {},
        schema,
      } as unknown as Parameters<typeof executor>[0];
      return JSON.parse(JSON.stringify(await executor(requestContext)));
    },
    stop: () => gateway.stop(),
  };
}

async function startHiveGateway(
  subgraphs: readonly Subgraph[],
  { forwards = true, caches = false, maxCost }: GatewayOptions = {},
  unifiedGraphHandler?: UnifiedGraphHandler,
): Promise<Gateway> {
  const sent: Sent[] = [];
  const { supergraphSdl, errors } = composeWithHive(await readTypeDefs(subgraphs));
  if (!supergraphSdl) throw new AggregateError(errors ?? []);
  const gateway = createGatewayRuntime({
    supergraph: supergraphSdl,
    transports: { http },
    ...(unifiedGraphHandler && { unifiedGraphHandler }),
    ...(forwards && {
      propagateHeaders: {
        fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') }),
      },
    }),
    ...(maxCost !== undefined && { demandControl: { maxCost, includeExtensionMetadata: true } }),
    ...(caches && { cache: createCache(), responseCaching: { session: () => null } }),
    plugins: () => [
      {
        onFetch({ url, options }) {
          sent.push({ url, ...JSON.parse(String(options.body)) });
        },
      },
    ],
    logging: false,
  });
  return {
    sent,
    async execute(query, { variables = {}, authorization } = {}) {
      const response = await gateway.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: JSON.stringify({ query, variables }),
      });
      return await response.json();
    },
    stop: async () => await gateway[Symbol.asyncDispose](),
  };
}

/** The planner is native code, for Linux with glibc and macOS: loaded here, so that the others run elsewhere, too. */
async function startHiveGatewayOnRouter(
  subgraphs: readonly Subgraph[],
  options?: GatewayOptions,
): Promise<Gateway> {
  const { unifiedGraphHandler } = await import('@graphql-hive/router-runtime');
  return await startHiveGateway(subgraphs, options, unifiedGraphHandler);
}

function createCache(): NonNullable<GatewayConfigContext['cache']> {
  const values = new Map<string, unknown>();
  return {
    get: async (key) => values.get(key) as never,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => values.delete(key),
    getKeysByPrefix: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  };
}

async function readTypeDefs(
  subgraphs: readonly Subgraph[],
): Promise<(Subgraph & { typeDefs: DocumentNode })[]> {
  return await Promise.all(
    subgraphs.map(async (subgraph) => {
      const response = await fetch(subgraph.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ _service { sdl } }' }),
      });
      const { data } = (await response.json()) as { data: { _service: { sdl: string } } };
      return { ...subgraph, typeDefs: parse(data._service.sdl) };
    }),
  );
}
