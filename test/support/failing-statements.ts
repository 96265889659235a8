import type { CompiledQuery } from 'kysely';
import type { Db } from '../../src/database/database.ts';

/** The same database, on which the statements that are chosen fail as if the server were shutting down. */
export function failStatements(db: Db, isChosen: (query: CompiledQuery) => boolean): Db {
  return db.withPlugin({
    transformQuery({ node, queryId }) {
      if (!isChosen(db.getExecutor().compileQuery(node, queryId))) return node;
      throw Object.assign(new Error('the database system is shutting down'), { code: '57P03' });
    },
    transformResult: async ({ result }) => result,
  });
}
