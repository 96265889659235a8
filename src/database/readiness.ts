import { sql } from 'kysely';
import type { Db } from './database.ts';
import { readMigrationNames } from './migrations.ts';
import { describeProblem } from './problems.ts';

const oldestVersion = 14;

/** What the service does to each table. */
const neededRights = sql`(values
  ('kysely_migration', 'select'), ('api_client', 'select'),
  ('badge_group', 'select'), ('badge_group', 'insert'), ('badge_group', 'update'),
  ('badge_group_version', 'select'), ('badge_group_version', 'insert')) as needed (name, privilege)`;

const missingTables = sql<string | null>`
  (select string_agg(distinct name, ', ') from ${neededRights} where to_regclass(name) is null)`;

/** As the statements that grant them. */
const missingGrants = sql<string | null>`
  (select string_agg(format('grant %s on %s to %I', privilege, name, current_user), '; ')
   from ${neededRights} where not has_table_privilege(to_regclass(name), privilege))`;

/**
 * Why no service can work on this server, as the end of a sentence with the remedy; undefined when one can. Asked in a
 * transaction, which some poolers carry no further than its first statement.
 */
export async function findServerProblem(db: Db): Promise<string | undefined> {
  try {
    const question = sql<{ version: number; encoding: string }>`
      select current_setting('server_version_num')::int / 10000 as version,
             current_setting('server_encoding') as encoding`;
    const { rows } = await db.transaction().execute((transaction) => question.execute(transaction));
    const { version = 0, encoding = '' } = rows[0] ?? {};
    if (version < oldestVersion) return `of version ${version}: use Postgres ${oldestVersion} or newer.`;
    if (encoding !== 'UTF8') return `whose encoding is ${encoding}: create it with encoding UTF8.`;
    return undefined;
  } catch (error) {
    return describeProblem(error);
  }
}

/**
 * Asks by one cheap statement whether our tables are there, migrated and open to our role. What it finds is the end
 * of a sentence with the remedy; undefined when all is well. The list of migrations is read once, here.
 */
export function createProblemFinder(db: Db): () => Promise<string | undefined> {
  const known = readMigrationNames();
  return async () => {
    try {
      const { rows } = await sql<{ done: string[]; tables: string | null; grants: string | null }>`
        select array_to_json(array(select name from kysely_migration)) as done,
               ${missingTables} as tables, ${missingGrants} as grants`.execute(db);
      const { done = [], tables = null, grants = null } = rows[0] ?? {};
      const pending = known.filter((name) => !done.includes(name));
      if (pending.length > 0) return describePending(pending);
      if (tables !== null) return `that has migrations, but not their tables (${tables}): restore them.`;
      return grants === null ? undefined : describeGrants(grants);
    } catch (error) {
      return await findTableProblem(db, known, error).catch(describeProblem);
    }
  };
}

/** The statement failed: by tables that are not in sight, by a right that is missing, or for whatever reason. */
async function findTableProblem(db: Db, known: readonly string[], error: unknown): Promise<string> {
  const { code } = error as { code?: unknown };
  if (code === '42501') {
    const { rows } = await sql<{ grants: string | null }>`select ${missingGrants} as grants`.execute(db);
    if (rows[0]?.grants) return describeGrants(rows[0].grants);
  }
  if (code === '42P01') {
    const { rows } = await sql<{ schema: string; path: string }>`
      select nspname as schema, current_setting('search_path') as path
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace where relname = 'kysely_migration'
      order by 1`.execute(db);
    if (rows[0] === undefined) return describePending(known);
    const { schema, path } = rows[0];
    return `whose tables are in the schema ${schema}, which the role does not see: let it use that schema, and let its search_path (${path}) name it.`;
  }
  return describeProblem(error);
}

function describePending(pending: readonly string[]): string {
  return `that lacks ${pending.length} migration(s): run "npm run migrate".`;
}

function describeGrants(grants: string): string {
  return `whose role lacks rights: let the owner run "${grants}".`;
}
