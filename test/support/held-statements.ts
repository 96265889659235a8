import type { Db } from '../../src/database/database.ts';
import type { Query } from './recorded-queries.ts';

export interface HeldStatements {
  readonly db: Db;
  /** When the first one is held. */
  readonly held: Promise<void>;
  release(): void;
}

/** The same database, to which the prepared statements that are chosen are sent only when they are released. */
export function holdStatements(db: Db, isChosen: (query: Query) => boolean): HeldStatements {
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run: Db['run'] = async (statement, values) => {
    if (isChosen({ sql: statement.text, parameters: statement.bind(values) })) {
      held.resolve();
      await released.promise;
    }
    return await db.run(statement, values);
  };
  return {
    db: Object.assign(db.withoutPlugins(), { run }),
    held: held.promise,
    release: () => released.resolve(),
  };
}
