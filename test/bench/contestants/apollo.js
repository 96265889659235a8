import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import DataLoader from 'dataloader';
import { parse } from 'graphql';
import { findGroups, resolvers, typeDefs } from './schema.js';

const { CreateBadgeGroupResult, BadgeGroup, ...others } = resolvers;
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const schema = buildSubgraphSchema([
  {
    typeDefs: parse(link + typeDefs),
    resolvers: {
      ...others,
      BadgeGroup: { ...BadgeGroup, __resolveReference: ({ id }, { groups }) => groups.load(id) },
      CreateBadgeGroupResult: { __resolveType: CreateBadgeGroupResult.resolveType },
    },
  },
]);

await startStandaloneServer(new ApolloServer({ schema }), {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  context: async () => ({ groups: new DataLoader(findGroups) }),
});
