import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { prepare, type TextRow } from '../database/statement.ts';
import { BadgeGroup, fitsInName, isBadgeGroupId } from './badge-group.ts';

const columns = sql.raw(
  'id, name, rank, created_by, extract(epoch from created_at), updated_by, extract(epoch from updated_at), is_active',
);

/** What BadgeGroup reads; rows never leave these statements. As one text: eight take longer to write and to read. */
export const line = sql<string>`concat_ws(E'\\t', ${columns})`.as('line');

/** The group of a row of the org that begins with `line`. */
export function readBadgeGroup(orgId: number, [line]: TextRow): BadgeGroup {
  return new BadgeGroup(orgId, line as string);
}

const selectByName = prepare<{ orgId: number; name: string }>('badge_group_by_name', (db, param) =>
  db
    .selectFrom('badge_group')
    .select(line)
    .where('org_id', '=', param('orgId'))
    .where('name', '=', param('name')),
);

/** The group of the org with exactly this name. */
export async function findBadgeGroupByName(
  db: Db,
  orgId: number,
  name: string,
): Promise<BadgeGroup | undefined> {
  if (!fitsInName(name)) return undefined;
  const [row] = await db.run(selectByName, { orgId, name });
  return row && readBadgeGroup(orgId, row);
}

const selectByIds = prepare<{ orgId: number; ids: readonly string[] }>('badge_groups_by_ids', (db, param) =>
  db
    .selectFrom('badge_group')
    .select(line)
    .where('org_id', '=', param('orgId'))
    .where('id', '=', sql<string>`any(${param('ids')}::text[])`),
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
  for (const row of rows) {
    const group = readBadgeGroup(orgId, row);
    groups.set(group.id, group);
  }
  return ids.map((id) => groups.get(id) ?? null);
}
