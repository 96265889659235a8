import { pino } from 'pino';
import { listBadgeGroups } from '../../../src/badge-group/lists.ts';
import { findBadgeGroupsByIds } from '../../../src/badge-group/repository.ts';
import { createBadgeGroup } from '../../../src/badge-group/rules.ts';
import { openPostgres } from '../../../src/database/postgres.ts';
import { caller } from './groups.js';
import { startMercurius } from './mercurius-app.js';
import { createResolvers } from './schema.js';

const { db } = openPostgres(process.env.DATABASE_URL, { poolSize: 10, logger: pino() });
const writer = { ...caller, canWrite: true };

const resolvers = createResolvers({
  listGroups: (limit) =>
    listBadgeGroups(db, caller.orgId, { isActive: undefined }, { limit, backwards: false }),
});
await startMercurius(
  { ...resolvers, Mutation: { createBadgeGroup: createOrRefuse } },
  async (ids) => await findBadgeGroupsByIds(db, caller.orgId, ids),
);

async function createOrRefuse(_mutation, { input }) {
  try {
    return await createBadgeGroup(db, writer, input);
  } catch (error) {
    if (error.code === undefined) throw error;
    const { code, message, path } = error;
    return { errorType: error.constructor.name, code, message, path };
  }
}
