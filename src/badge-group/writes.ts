import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../auth/caller.ts';
import type { Db } from '../database/database.ts';
import type { BadgeGroup } from './badge-group.ts';
import { columns } from './repository.ts';

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

/** What to change; what is absent or null leaves a column as it is. */
export interface Change {
  readonly name: string | undefined;
  readonly rank: number | undefined;
  readonly isActive: boolean | null | undefined;
  readonly ifLastUpdatedOn: number | null | undefined;
}

/** What a change has found; a stale one is not the one that `ifLastUpdatedOn` speaks of, and was left alone. */
export type Outcome =
  | { readonly is: 'changed' | 'unchanged' | 'stale'; readonly group: BadgeGroup }
  | { readonly is: 'missing' | 'name taken' };

/**
 * Changes a group, now and by the caller, in one statement: it locks the group, compares it with `ifLastUpdatedOn`,
 * writes what differs, and says what it has found, with the group as it is then.
 * The time of a change is always later than the one before, even within one tick of the clock.
 */
export async function changeBadgeGroup(
  db: Db,
  { orgId, userId }: Caller,
  id: string,
  { name, rank, isActive, ifLastUpdatedOn }: Change,
): Promise<Outcome> {
  const wanted = {
    name: sql<string>`${name ?? null}::text`,
    rank: sql<number>`${rank ?? null}::int`,
    isActive: sql<boolean>`${isActive ?? null}::boolean`,
    lastUpdatedOn: sql<number>`${ifLastUpdatedOn ?? null}::float8`,
  };
  const statement = db
    .with('found', (cte) =>
      cte
        .selectFrom('badge_group')
        .selectAll()
        .select(
          sql<boolean>`coalesce(extract(epoch from updated_at)::float8 <> ${wanted.lastUpdatedOn}, false)`.as(
            'is_stale',
          ),
        )
        .where('org_id', '=', orgId)
        .where('id', '=', id)
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
          updated_by: userId,
          updated_at: sql`greatest(now(), found.updated_at + interval '1 microsecond')`,
        })
        .whereRef('badge_group.org_id', '=', 'found.org_id')
        .whereRef('badge_group.id', '=', 'found.id')
        .where('found.is_stale', '=', false)
        .where(
          sql<boolean>`(${wanted.name} <> found.name or ${wanted.rank} <> found.rank
            or ${wanted.isActive} <> found.is_active)`,
        )
        .returningAll('badge_group'),
    )
    .selectFrom('changed')
    .select(columns)
    .select(sql<'changed' | 'unchanged' | 'stale'>`'changed'`.as('is'))
    .unionAll(({ selectFrom }) =>
      selectFrom('found')
        .select(columns)
        .select(
          sql<'changed' | 'unchanged' | 'stale'>`case when is_stale then 'stale' else 'unchanged' end`.as(
            'is',
          ),
        )
        .where(({ not, exists }) => not(exists(selectFrom('changed').select('id')))),
    );

  try {
    const found = await statement.executeTakeFirst();
    if (found === undefined) return { is: 'missing' };
    const { is, ...group } = found;
    return { is, group };
  } catch (error) {
    if (isViolationOf('badge_group_org_id_name_key', error)) return { is: 'name taken' };
    throw error;
  }
}

/** The drivers have error classes of their own, but the same fields. */
function isViolationOf(constraint: string, error: unknown): boolean {
  return (error as { constraint?: unknown }).constraint === constraint;
}

/** The id of a group created at the statement's `now()`, which is also its `created_at`. */
function newId(): RawBuilder<string> {
  const random = randomBytes(6).toString('hex').slice(0, 11);
  return sql<string>`
    lpad(to_hex(floor(extract(epoch from now()))::bigint), 8, '0')
    || lpad(to_hex(extract(microseconds from now())::bigint % 1000000), 5, '0')
    || ${random}`;
}
