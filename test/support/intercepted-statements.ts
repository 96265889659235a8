import type { CompiledQuery, KyselyPlugin } from 'kysely';
import type { Db } from '../../src/database/database.ts';

type Sent = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** The same database, with a plugin for the statements that Kysely runs. */
export function withPlugin(db: Db, plugin: KyselyPlugin): Db {
  return Object.assign(db.withPlugin(plugin), { run: db.run });
}

/** The same database, where `intercept` sees each statement before it is sent; it is not sent when that throws. */
export function interceptStatements(db: Db, intercept: (statement: Sent) => void): Db {
  const intercepted = db.withPlugin({
    transformQuery({ node, queryId }) {
      intercept(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const run: Db['run'] = async (statement, values) => {
    intercept({ sql: statement.text, parameters: statement.bind(values) });
    return await db.run(statement, values);
  };
  return Object.assign(intercepted, { run });
}
