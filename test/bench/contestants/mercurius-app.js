import { mercuriusFederationPlugin } from '@mercuriusjs/federation';
import Fastify from 'fastify';
import { typeDefs } from './schema.js';

/** As its documentation has it: compiled queries, and references that are looked up at once. */
export async function startMercurius(resolvers, findGroups) {
  const app = Fastify();
  await app.register(mercuriusFederationPlugin, {
    schema: typeDefs,
    resolvers,
    loaders: {
      BadgeGroup: {
        __resolveReference: async (references) => await findGroups(references.map(({ obj }) => obj.id)),
      },
    },
    jit: 1,
  });
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
}
