import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../auth/caller.ts';
import { type Db, epochSeconds } from '../database/database.ts';
import type { BadgeGroup } from './badge-group.ts';

const columns = [
  'id',
  'org_id as orgId',
  // As JSON, because PGlite drops a byte order mark from the start of a text.
  sql<string>`to_json(name)`.as('name'),
  'rank',
  'created_by as createdBy',
  epochSeconds('created_at').as('createdOn'),
  'updated_by as lastUpdatedBy',
  epochSeconds('updated_at').as('lastUpdatedOn'),
  'is_active as isActive',
] as const;

/** Inserts a group, created now by the caller; undefined when the unique constraint finds its name taken. */
export async function insertBadgeGroup(
  db: Db,
  { orgId, userId }: Caller,
  { name, rank }: { name: string; rank: number },
): Promise<BadgeGroup | undefined> {
  return await db
    .insertInto('badge_group')
    .values({ org_id: orgId, id: newId(), name, rank, created_by: userId, updated_by: userId })
    .onConflict((conflict) => conflict.constraint('badge_group_org_id_name_key').doNothing())
    .returning(columns)
    .executeTakeFirst();
}

export async function findBadgeGroupByName(
  db: Db,
  orgId: number,
  name: string,
): Promise<BadgeGroup | undefined> {
  return await db
    .selectFrom('badge_group')
    .select(columns)
    .where('org_id', '=', orgId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** The groups of the org among `ids`, in no particular order. */
export async function findBadgeGroupsByIds(
  db: Db,
  orgId: number,
  ids: readonly string[],
): Promise<BadgeGroup[]> {
  return await db
    .selectFrom('badge_group')
    .select(columns)
    .where('org_id', '=', orgId)
    .where('id', '=', sql<string>`any(${ids}::text[])`)
    .execute();
}

export interface BadgeGroupFilter {
  /** DESC is rank from high to low, ties by id ascending; ASC is exactly that list reversed. */
  readonly order: 'ASC' | 'DESC';
  readonly isActive: boolean | undefined;
  readonly limit: number;
}

export async function listBadgeGroups(
  db: Db,
  orgId: number,
  { order, isActive, limit }: BadgeGroupFilter,
): Promise<BadgeGroup[]> {
  return await db
    .selectFrom('badge_group')
    .select(columns)
    .where('org_id', '=', orgId)
    .$if(isActive !== undefined, (query) => query.where('is_active', '=', isActive as boolean))
    .orderBy('rank', order === 'DESC' ? 'desc' : 'asc')
    .orderBy('id', order === 'DESC' ? 'asc' : 'desc')
    .limit(limit)
    .execute();
}

/** The id of a group created at the statement's `now()`, which is also its `created_at`. */
function newId(): RawBuilder<string> {
  const random = randomBytes(6).toString('hex').slice(0, 11);
  return sql<string>`
    lpad(to_hex(floor(extract(epoch from now()))::bigint), 8, '0')
    || lpad(to_hex(extract(microseconds from now())::bigint % 1000000), 5, '0')
    || ${random}`;
}
