import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { prepare, type Statement, type TextRow } from '../database/statement.ts';
import { epochSeconds } from '../database/tables.ts';
import {
  BadgeGroup,
  type BadgeGroupColumns,
  fitsInName,
  isBadgeGroupId,
  type Position,
} from './badge-group.ts';

/** What BadgeGroup reads, in its order; rows never leave these statements. */
export const columns = [
  'id',
  'org_id',
  // As JSON, because PGlite drops a byte order mark from the start of a text.
  sql<string>`to_json(name)`.as('name'),
  'rank',
  'created_by',
  epochSeconds('created_at').as('created_on'),
  'updated_by',
  epochSeconds('updated_at').as('updated_on'),
  'is_active',
] as const;

/** The group of a row that begins with `columns`. */
export function readBadgeGroup(row: TextRow): BadgeGroup {
  return new BadgeGroup(row as unknown as BadgeGroupColumns);
}

const selectByName = prepare<{ orgId: number; name: string }>('badge_group_by_name', (db, place) =>
  db
    .selectFrom('badge_group')
    .select(columns)
    .where('org_id', '=', place('orgId'))
    .where('name', '=', place('name')),
);

/** The group of the org with exactly this name. */
export async function findBadgeGroupByName(
  db: Db,
  orgId: number,
  name: string,
): Promise<BadgeGroup | undefined> {
  if (!fitsInName(name)) return undefined;
  const [row] = await db.run(selectByName, { orgId, name });
  return row && readBadgeGroup(row);
}

const selectByIds = prepare<{ orgId: number; ids: readonly string[] }>('badge_groups_by_ids', (db, place) =>
  db
    .selectFrom('badge_group')
    .select(columns)
    .where('org_id', '=', place('orgId'))
    .where('id', '=', sql<string>`any(${place('ids')}::text[])`),
);

/** The groups of the org that `ids` name, in their order; null for each that names none, whatever it is. */
export async function findBadgeGroupsByIds(
  db: Db,
  orgId: number,
  ids: readonly unknown[],
): Promise<(BadgeGroup | null)[]> {
  const wanted = [...new Set(ids.filter(isBadgeGroupId))];
  const rows = wanted.length === 0 ? [] : await db.run(selectByIds, { orgId, ids: wanted });
  const groups = new Map<unknown, BadgeGroup>();
  for (const row of rows) groups.set(row[0], readBadgeGroup(row));
  return ids.map((id) => groups.get(id) ?? null);
}

/** A stretch of an org's list in its DESC order: rank from high to low, ties by id ascending. */
export interface Stretch {
  readonly isActive: boolean | undefined;
  readonly after?: Position | undefined;
  readonly before?: Position | undefined;
  /** Whether groups at `after` and `before` themselves belong to it. */
  readonly inclusive?: boolean;
}

interface StretchValues {
  readonly orgId: number;
  readonly isActive: boolean | undefined;
  readonly afterRank: number | undefined;
  readonly afterId: string | undefined;
  readonly beforeRank: number | undefined;
  readonly beforeId: string | undefined;
  readonly limit: number;
}

const lists = new Map<string, Statement<StretchValues>>();

/** At most `limit` groups of a stretch, from its start on; from its end on, in ASC order, when `backwards`. */
export async function listBadgeGroups(
  db: Db,
  orgId: number,
  stretch: Stretch,
  { limit, backwards }: { limit: number; backwards: boolean },
): Promise<BadgeGroup[]> {
  const { isActive, after, before, inclusive } = stretch;
  const kind = [isActive !== undefined, !!after, !!before, inclusive, backwards].join();
  const statement = lists.get(kind) ?? prepareList(stretch, backwards);
  lists.set(kind, statement);
  const rows = await db.run(statement, {
    orgId,
    isActive,
    afterRank: after?.rank,
    afterId: after?.id,
    beforeRank: before?.rank,
    beforeId: before?.id,
    limit,
  });
  return rows.map(readBadgeGroup);
}

function prepareList(
  { isActive, after, before, inclusive }: Stretch,
  backwards: boolean,
): Statement<StretchValues> {
  const direction = backwards ? 'desc' : 'asc';
  return prepare('list_badge_groups', (db, place) => {
    let query = db.selectFrom('badge_group').select(columns).where('org_id', '=', place('orgId'));
    if (isActive !== undefined) query = query.where('is_active', '=', place('isActive'));
    if (after) {
      query = query.where(comparePosition(inclusive ? '>=' : '>', place('afterRank'), place('afterId')));
    }
    if (before) {
      query = query.where(comparePosition(inclusive ? '<=' : '<', place('beforeRank'), place('beforeId')));
    }
    return query.orderBy(descendingRank, direction).orderBy('id', direction).limit(place('limit'));
  });
}

const descendingRank = sql<number>`(-rank::bigint)`;

function comparePosition(
  operator: '<' | '<=' | '>' | '>=',
  rank: RawBuilder<number>,
  id: RawBuilder<string>,
): RawBuilder<boolean> {
  return sql<boolean>`(${descendingRank}, id) ${sql.raw(operator)} (-(${rank}::bigint), ${id}::text)`;
}

function prepareCount(byActivity: boolean) {
  return prepare<{ orgId: number; isActive: boolean | undefined }>('count_badge_groups', (db, place) => {
    const query = db.selectFrom('badge_group').where('org_id', '=', place('orgId'));
    return (byActivity ? query.where('is_active', '=', place('isActive')) : query).select(
      sql<string>`count(*)`.as('count'),
    );
  });
}

const countAll = prepareCount(false);
const countByActivity = prepareCount(true);

export async function countBadgeGroups(
  db: Db,
  orgId: number,
  isActive: boolean | undefined,
): Promise<number> {
  const [row] = await db.run(isActive === undefined ? countAll : countByActivity, { orgId, isActive });
  return Number(row?.[0]);
}
