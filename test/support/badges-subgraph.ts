import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';

export interface Badge {
  readonly id: string;
  readonly groupId: string | null;
}

/** A neighbour in the supergraph: badges, which belong to groups. */
export const badgesSdl = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@listSize"])

  type Badge @key(fields: "id") {
    id: ID!
    group: BadgeGroup
  }

  type BadgeGroup @key(fields: "id") {
    id: ID!
    badges: [Badge!]! @listSize(assumedSize: 20)
  }

  type Query {
    badges: [Badge!]! @listSize(assumedSize: 1000)
  }
`;

export interface BadgesSubgraph {
  readonly url: string;
  /** Read at every request. */
  badges: Badge[];
  stop(): Promise<void>;
}

/** Serves badges on a socket of its own. */
export async function startBadgesSubgraph(): Promise<BadgesSubgraph> {
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(badgesSdl),
      resolvers: {
        Query: { badges: () => subgraph.badges },
        Badge: {
          __resolveReference: ({ id }: Badge) => subgraph.badges.find((badge) => badge.id === id) ?? null,
          group: ({ groupId }: Badge) => (groupId === null ? null : { id: groupId }),
        },
        BadgeGroup: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          badges: ({ id }: { id: string }) => subgraph.badges.filter(({ groupId }) => groupId === id),
        },
      },
    },
  ]);
  const server = createServer(createYoga({ schema, logging: false })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const subgraph: BadgesSubgraph = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    badges: [],
    async stop() {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
  return subgraph;
}
