import { type RawBuilder, sql } from 'kysely';
import { type Db, epochSeconds } from '../database/database.ts';
import { type BadgeGroup, isBadgeGroupId, type Position } from './badge-group.ts';

/** A badge group as the domain has it; rows never leave these statements. */
export const columns = [
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

/** The groups of the org that `ids` name, in their order; null for each that names none, whatever it is. */
export async function findBadgeGroupsByIds(
  db: Db,
  orgId: number,
  ids: readonly unknown[],
): Promise<(BadgeGroup | null)[]> {
  const wanted = new Set(ids.filter(isBadgeGroupId));
  const groups = wanted.size === 0 ? [] : await selectBadgeGroupsByIds(db, orgId, [...wanted]);
  const groupsById = new Map<unknown, BadgeGroup>(groups.map((group) => [group.id, group]));
  return ids.map((id) => groupsById.get(id) ?? null);
}

async function selectBadgeGroupsByIds(db: Db, orgId: number, ids: readonly string[]): Promise<BadgeGroup[]> {
  return await db
    .selectFrom('badge_group')
    .select(columns)
    .where('org_id', '=', orgId)
    .where('id', '=', sql<string>`any(${ids}::text[])`)
    .execute();
}

/** A stretch of an org's list in its DESC order: rank from high to low, ties by id ascending. */
export interface Stretch {
  readonly isActive: boolean | undefined;
  readonly after?: Position | undefined;
  readonly before?: Position | undefined;
  /** Whether groups at `after` and `before` themselves belong to it. */
  readonly inclusive?: boolean;
}

/** At most `limit` groups of a stretch, from its start on; from its end on, in ASC order, when `backwards`. */
export async function listBadgeGroups(
  db: Db,
  orgId: number,
  { isActive, after, before, inclusive }: Stretch,
  { limit, backwards }: { limit: number; backwards: boolean },
): Promise<BadgeGroup[]> {
  const direction = backwards ? 'desc' : 'asc';
  let query = selectBadgeGroups(db, orgId, isActive).select(columns);
  if (after) query = query.where(comparePosition(inclusive ? '>=' : '>', after));
  if (before) query = query.where(comparePosition(inclusive ? '<=' : '<', before));
  return await query.orderBy(descendingRank, direction).orderBy('id', direction).limit(limit).execute();
}

export async function countBadgeGroups(
  db: Db,
  orgId: number,
  isActive: boolean | undefined,
): Promise<number> {
  const { count } = await selectBadgeGroups(db, orgId, isActive)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

function selectBadgeGroups(db: Db, orgId: number, isActive: boolean | undefined) {
  const query = db.selectFrom('badge_group').where('org_id', '=', orgId);
  return isActive === undefined ? query : query.where('is_active', '=', isActive);
}

const descendingRank = sql<number>`(-rank::bigint)`;

function comparePosition(operator: '<' | '<=' | '>' | '>=', { rank, id }: Position): RawBuilder<boolean> {
  return sql<boolean>`(${descendingRank}, id) ${sql.raw(operator)} (${-rank}::bigint, ${id}::text)`;
}
