import { sql } from 'kysely';
import type { Db } from './database.ts';
import { findPendingMigrations } from './migrator.ts';

const oldestVersion = 14;

/** Why the service cannot work on this database, as the end of a sentence with the remedy; undefined when it can. */
export async function findProblem(db: Db): Promise<string | undefined> {
  try {
    const { version, encoding } = await findServer(db);
    if (version < oldestVersion) return `of version ${version}: use Postgres ${oldestVersion} or newer.`;
    if (encoding !== 'UTF8') return `whose encoding is ${encoding}: create it with encoding UTF8.`;
    const pending = await findPendingMigrations(db);
    if (pending.length > 0) return `that lacks ${pending.length} migration(s): run "npm run migrate".`;
    return undefined;
  } catch (error) {
    return `that does not answer (${describeError(error)}): start it, or correct the URL.`;
  }
}

async function findServer(db: Db): Promise<{ version: number; encoding: string }> {
  const { rows } = await sql<{ version: number; encoding: string }>`
    select current_setting('server_version_num')::int / 10000 as version,
           current_setting('server_encoding') as encoding`.execute(db);
  const [server] = rows;
  if (server === undefined) throw new Error('no answer');
  return server;
}

/** A connection that fails on several addresses is an AggregateError without a message of its own. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join(', ');
  return error instanceof Error ? error.message : String(error);
}
