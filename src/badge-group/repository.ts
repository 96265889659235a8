import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { prepare, type TextRow } from '../database/statement.ts';
import { epochSeconds } from '../database/tables.ts';
import { BadgeGroup, type BadgeGroupColumns, fitsInName, isBadgeGroupId } from './badge-group.ts';

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
