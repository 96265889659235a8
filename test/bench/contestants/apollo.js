import http from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { expressMiddleware } from '@as-integrations/express5';
import cors from 'cors';
import DataLoader from 'dataloader';
import express from 'express';
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

const app = express();
const httpServer = http.createServer(app);
const server = new ApolloServer({ schema, plugins: [ApolloServerPluginDrainHttpServer({ httpServer })] });
await server.start();
app.use(
  '/graphql',
  cors(),
  express.json(),
  expressMiddleware(server, { context: async () => ({ groups: new DataLoader(findGroups) }) }),
);
httpServer.listen({ port: process.env.PORT, host: '127.0.0.1' });
