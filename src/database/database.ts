import type { Kysely } from 'kysely';
import type { Statement, TextRow } from './statement.ts';
import type { Database } from './tables.ts';

/** Postgres, by connection or embedded: both speak the same SQL. */
export interface Db extends Kysely<Database> {
  /** Runs a prepared statement, and nothing of Kysely on the way. */
  run<Values>(statement: Statement<Values>, values: Values): Promise<readonly TextRow[]>;
}
