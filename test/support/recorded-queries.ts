import type { CompiledQuery } from 'kysely';
import type { Db } from '../../src/database/database.ts';

/** The same database, and every statement that is sent through it from now on. */
export function recordQueries(db: Db): { db: Db; queries: CompiledQuery[] } {
  const queries: CompiledQuery[] = [];
  const recorded = db.withPlugin({
    transformQuery({ node, queryId }) {
      queries.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { db: recorded, queries };
}
