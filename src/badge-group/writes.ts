import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../auth/caller.ts';
import type { Db } from '../database/database.ts';
import { prepare } from '../database/statement.ts';
import type { BadgeGroup } from './badge-group.ts';
import { line, readBadgeGroup } from './repository.ts';
import { keepVersions } from './versions.ts';

const insert = prepare<{ orgId: number; userId: number; random: string; name: string; rank: number }>(
  'insert_badge_group',
  (db, param) =>
    db
      // Citus lets no insert return what a function makes that is not immutable.
      .with('created', (cte) =>
        cte
          .insertInto('badge_group')
          .values({
            org_id: param('orgId'),
            id: newId(param('random')),
            name: param('name'),
            rank: param('rank'),
            created_by: param('userId'),
            updated_by: param('userId'),
          })
          .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
          .returningAll(),
      )
      .selectFrom('created')
      .select(line),
);

/** Inserts a group, created now by the caller; undefined when the unique constraint finds its name taken. */
export async function insertBadgeGroup(
  db: Db,
  { orgId, userId }: Caller,
  { name, rank }: { name: string; rank: number },
): Promise<BadgeGroup | undefined> {
  // Of a UUID the digits that are random: to draw bytes for one group alone takes ten times as long.
  const uuid = randomUUID();
  const random = uuid.slice(0, 8) + uuid.slice(-3);
  const [row] = await db.run(insert, { orgId, userId, random, name, rank });
  return row && readBadgeGroup(orgId, row);
}

/** What to change, as the rules let it through; what is absent or null leaves a column as it is. */
export interface CheckedChanges {
  readonly name: string | undefined;
  readonly rank: number | undefined;
  readonly isActive: boolean | null | undefined;
  readonly ifLastUpdatedOn: number | null | undefined;
}

/** What a change has found; a stale one is not the one that `ifLastUpdatedOn` speaks of, and was left alone. */
export type Outcome =
  | { readonly is: 'changed' | 'unchanged' | 'stale'; readonly group: BadgeGroup }
  | { readonly is: 'missing' | 'name taken' };

interface ChangeValues extends CheckedChanges, Pick<Caller, 'orgId' | 'userId'> {
  readonly id: string;
}

/**
 * Of what is found, when it is changed now: later than the change before, even within one tick of the clock. Looked
 * up, not computed as it is written: Citus lets no function write a column that reads one and depends on a setting.
 */
export const timeOfChange = sql<unknown>`greatest(now(), updated_at + interval '1 microsecond')`.as(
  'changed_at',
);

const update = prepare<ChangeValues>('update_badge_group', (db, param) => {
  const wanted = {
    name: sql<string>`${param('name')}::text`,
    rank: sql<number>`${param('rank')}::int`,
    isActive: sql<boolean>`${param('isActive')}::boolean`,
    lastUpdatedOn: sql<number>`${param('ifLastUpdatedOn')}::float8`,
  };
  return db
    .with('found', (cte) =>
      cte
        .selectFrom('badge_group')
        .selectAll()
        .select([
          sql<boolean>`coalesce(extract(epoch from updated_at)::float8 <> ${wanted.lastUpdatedOn}, false)`.as(
            'is_stale',
          ),
          timeOfChange,
        ])
        .where('org_id', '=', param('orgId'))
        .where('id', '=', param('id'))
        .forUpdate(),
    )
    .with('changed', (cte) =>
      cte
        .updateTable('badge_group')
        .from('found')
        .set({
          name: sql`coalesce(${wanted.name}, found.name)`,
          rank: sql`coalesce(${wanted.rank}, found.rank)`,
          is_active: sql`coalesce(${wanted.isActive}, found.is_active)`,
          updated_by: param('userId'),
          updated_at: sql`found.changed_at`,
        })
        .where('badge_group.org_id', '=', param('orgId'))
        .whereRef('badge_group.id', '=', 'found.id')
        .where(sql<boolean>`not found.is_stale`)
        .where(
          sql<boolean>`(${wanted.name} <> found.name or ${wanted.rank} <> found.rank
            or ${wanted.isActive} <> found.is_active)`,
        )
        .returningAll('badge_group'),
    )
    .with('kept', (cte) => keepVersions(cte, 'found', 'changed'))
    .selectFrom('changed')
    .select(line)
    .select(sql<string>`'changed'`.as('is'))
    .unionAll(({ selectFrom }) =>
      selectFrom('found')
        .select(line)
        .select(sql<string>`case when is_stale then 'stale' else 'unchanged' end`.as('is'))
        .where(({ not, exists }) => not(exists(selectFrom('changed').select('id')))),
    );
});

/**
 * Changes a group, now and by the caller, in one statement: it locks the group, compares it with `ifLastUpdatedOn`,
 * writes what differs, and says what it has found, with the group as it is then.
 */
export async function changeBadgeGroup(
  db: Db,
  { orgId, userId }: Caller,
  id: string,
  changes: CheckedChanges,
): Promise<Outcome> {
  try {
    const [row] = await db.run(update, { orgId, userId, id, ...changes });
    if (row === undefined) return { is: 'missing' };
    return { is: row.at(-1) as 'changed' | 'unchanged' | 'stale', group: readBadgeGroup(orgId, row) };
  } catch (error) {
    if (isNameTaken(error)) return { is: 'name taken' };
    throw error;
  }
}

/** The drivers have error classes of their own, but the same fields. Citus adds the number of its shard to the name. */
function isNameTaken(error: unknown): boolean {
  return /^badge_group_org_id_name_key(_\d+)?$/.test(String((error as { constraint?: unknown }).constraint));
}

/** The id of a group created at the statement's `now()`, which is also its `created_at`; `random` is 11 hex digits. */
function newId(random: RawBuilder<string>): RawBuilder<string> {
  return sql<string>`
    lpad(to_hex(floor(extract(epoch from now()))::bigint), 8, '0')
    || lpad(to_hex(extract(microseconds from now())::bigint % 1000000), 5, '0')
    || ${random}::text`;
}
