import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { type Database, epochSeconds } from '../database/tables.ts';
import { batchSize, format } from './lines.ts';
import type { Kind, OrgCounts } from './org.ts';

/**
 * All that the database holds of an org at one instant, as lines of JSON, with names and instants exactly as they are
 * stored: a head, clients by name, groups by age, their versions by age, and an end that says how many of each.
 * Secrets' hashes are among them only when asked for. A thousand lines at a time are read, as they are taken.
 */
export async function* exportOrg(
  db: Kysely<Database>,
  orgId: number,
  { withSecretHashes = false } = {},
): AsyncGenerator<string> {
  const transaction = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    yield write({ org: { orgId, format } });
    const counts: OrgCounts = {
      client: yield* readAll(transaction, 'client', selectClients(transaction, orgId, withSecretHashes)),
      badgeGroup: yield* readAll(transaction, 'badgeGroup', selectBadgeGroups(transaction, orgId)),
      version: yield* readAll(transaction, 'version', selectVersions(transaction, orgId)),
    };
    yield write({ end: counts });
  } finally {
    await transaction.rollback().execute();
  }
}

function write(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

/** The rows of a query, each a line that Postgres writes; it returns how many they are. */
async function* readAll(
  transaction: Kysely<Database>,
  kind: Kind,
  query: SelectQueryBuilder<Database, keyof Database, unknown>,
): AsyncGenerator<string, number> {
  const cursor = sql.id(`export_${kind}`);
  await sql`declare ${cursor} no scroll cursor for
    select to_json(entry)::text as entry from ${query} as entry`.execute(transaction);
  for (let count = 0; ; ) {
    const { rows } = await sql<{ entry: string }>`
      fetch ${sql.lit(batchSize)} from ${cursor}`.execute(transaction);
    count += rows.length;
    yield rows.map(({ entry }) => `{"${kind}":${escapeLineEnds(entry)}}\n`).join('');
    if (rows.length < batchSize) return count;
  }
}

/** Some readers of lines take these for the end of one, where JSON has them in the midst of a name. */
function escapeLineEnds(json: string): string {
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function selectClients(db: Kysely<Database>, orgId: number, withSecretHashes: boolean) {
  return db
    .selectFrom('api_client')
    .select(['name', 'user_id as userId', 'can_write as canWrite'])
    .select([epochSeconds('created_at').as('createdOn'), epochSeconds('revoked_at').as('revokedOn')])
    .$if(withSecretHashes, (query) => query.select('secret_hash as secretHash'))
    .where('org_id', '=', orgId)
    .orderBy('name');
}

function selectBadgeGroups(db: Kysely<Database>, orgId: number) {
  return db
    .selectFrom('badge_group')
    .select(['id', 'name', 'rank'])
    .select(['created_by as createdBy', epochSeconds('created_at').as('createdOn')])
    .select(['updated_by as lastUpdatedBy', epochSeconds('updated_at').as('lastUpdatedOn')])
    .select('is_active as isActive')
    .where('org_id', '=', orgId)
    .orderBy('id');
}

function selectVersions(db: Kysely<Database>, orgId: number) {
  return db
    .selectFrom('badge_group_version')
    .select(['id', 'name', 'rank', 'is_active as isActive'])
    .select(['changed_by as changedBy', epochSeconds('changed_at').as('changedOn')])
    .where('org_id', '=', orgId)
    .orderBy('id')
    .orderBy('changed_at');
}
