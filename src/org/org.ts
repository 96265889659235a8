import { type Kysely, sql } from 'kysely';
import type { Database } from '../database/tables.ts';

/** What a database holds of an org; the versions are what its groups were. */
export const tables = {
  client: 'api_client',
  badgeGroup: 'badge_group',
  version: 'badge_group_version',
} as const;

export type Kind = keyof typeof tables;
export type OrgCounts = Readonly<Record<Kind, number>>;

/** The ids of the orgs of which the database holds anything, in their order. */
export async function listOrgs(db: Kysely<Database>): Promise<number[]> {
  const rows = await db
    .selectFrom('api_client')
    .select('org_id')
    .union(db.selectFrom('badge_group').select('org_id'))
    .union(db.selectFrom('badge_group_version').select('org_id'))
    .orderBy('org_id')
    .execute();
  return rows.map((row) => row.org_id);
}

/** How much of an org the database holds, which it reads all of. */
export async function countOrg(db: Kysely<Database>, orgId: number): Promise<OrgCounts> {
  return await countEach(async (table) => {
    const rows = db.selectFrom(table).where('org_id', '=', orgId);
    return (await rows.select(sql<string>`count(*)`.as('count')).executeTakeFirst())?.count;
  });
}

/**
 * Removes all that the database holds of an org, for good, and says how much it was. Each table is one statement, so
 * what is left of an erasure that fails midway is removed by the next. Clients go first, so that nobody comes in any
 * more, and versions last, so that those of a change that is under way go as well.
 */
export async function eraseOrg(db: Kysely<Database>, orgId: number): Promise<OrgCounts> {
  return await countEach(async (table) => {
    return (await db.deleteFrom(table).where('org_id', '=', orgId).executeTakeFirst()).numDeletedRows;
  });
}

async function countEach(
  count: (table: (typeof tables)[Kind]) => Promise<bigint | string | undefined>,
): Promise<OrgCounts> {
  const client = Number(await count(tables.client));
  const badgeGroup = Number(await count(tables.badgeGroup));
  return { client, badgeGroup, version: Number(await count(tables.version)) };
}
