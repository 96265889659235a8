import type { CompiledQuery } from 'kysely';
import type { Db } from '../../src/database/database.ts';
import { interceptStatements } from './intercepted-statements.ts';

/** The same database, on which the statements that are chosen fail as if the server were shutting down. */
export function failStatements(
  db: Db,
  isChosen: (query: Pick<CompiledQuery, 'sql' | 'parameters'>) => boolean,
): Db {
  return interceptStatements(db, (statement) => {
    if (!isChosen(statement)) return;
    throw Object.assign(new Error('the database system is shutting down'), { code: '57P03' });
  });
}
