import { startMercurius } from './mercurius-app.js';
import { findGroups, resolvers } from './schema.js';

await startMercurius(resolvers, findGroups);
