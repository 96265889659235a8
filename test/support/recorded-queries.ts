import type { CompiledQuery } from 'kysely';
import type { Db } from '../../src/database/database.ts';
import { interceptStatements } from './intercepted-statements.ts';

export type Query = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** The same database, and every statement that is sent through it from now on. */
export function recordQueries(db: Db): { db: Db; queries: Query[] } {
  const queries: Query[] = [];
  return { db: interceptStatements(db, (query) => queries.push(query)), queries };
}
