import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** What to change; undefined leaves a column as it is. */
export interface Change {
  readonly name: string | undefined;
  readonly rank: number | undefined;
  readonly isActive: boolean | undefined;
  readonly ifLastUpdatedOn: number | undefined;
}

/**
 * Changes a group, now and by the caller, in one statement: it locks the group, then writes what differs, provided
 * that `ifLastUpdatedOn` holds. Gives the group as it is then, changed or not; undefined when there is none.
 * The time of a change is always later than the one before, even within one tick of the clock.
 */
export async function changeBadgeGroup(
  db: Db,
  { orgId, userId }: Caller,
  id: string,
  { name, rank, isActive, ifLastUpdatedOn }: Change,
): Promise<{ group: BadgeGroup; isChanged: boolean } | 'name taken' | undefined> {
  const wanted = {
    name: sql<string>`${name ?? null}::text`,
    rank: sql<number>`${rank ?? null}::int`,
    isActive: sql<boolean>`${isActive ?? null}::boolean`,
  };
  const statement = db
    .with('found', (cte) =>
      cte.selectFrom('badge_group').selectAll().where('org_id', '=', orgId).where('id', '=', id).forUpdate(),
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
        .where(
          sql<boolean>`(${wanted.name} <> found.name or ${wanted.rank} <> found.rank
            or ${wanted.isActive} <> found.is_active)`,
        )
        .where(
          sql<boolean>`coalesce(extract(epoch from found.updated_at)::float8 = ${ifLastUpdatedOn ?? null}::float8, true)`,
        )
        .returningAll('badge_group'),
    )
    .selectFrom(({ selectFrom }) =>
      selectFrom('changed')
        .selectAll()
        .select(sql<boolean>`true`.as('isChanged'))
        .unionAll(
          selectFrom('found')
            .selectAll()
            .select(sql<boolean>`false`.as('isChanged'))
            .where(({ not, exists }) => not(exists(selectFrom('changed').select('id')))),
        )
        .as('badge_group'),
    )
    .select(columns)
    .select('isChanged');

  try {
    const found = await againAfterDeadlock(() => statement.executeTakeFirst());
    if (found === undefined) return undefined;
    const { isChanged, ...group } = found;
    return { group, isChanged };
  } catch (error) {
    if (isViolationOf('badge_group_org_id_name_key', error)) return 'name taken';
    throw error;
  }
}

/**
 * Runs a statement again when Postgres has undone it to let others through, twice at most. Two updates that take
 * each other's name wait for each other, for example. The others go first: who meets them again at once waits for
 * them in a new circle, which nobody looks for before their time is up.
 */
async function againAfterDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if ((error as { code?: unknown }).code !== '40P01' || attempt === 3) throw error;
      await sleep(randomInt(10, 50));
    }
  }
}

/** The drivers have error classes of their own, but the same fields. */
function isViolationOf(constraint: string, error: unknown): boolean {
  const { code, constraint: violated } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && violated === constraint;
}

/** The id of a group created at the statement's `now()`, which is also its `created_at`. */
function newId(): RawBuilder<string> {
  const random = randomBytes(6).toString('hex').slice(0, 11);
  return sql<string>`
    lpad(to_hex(floor(extract(epoch from now()))::bigint), 8, '0')
    || lpad(to_hex(extract(microseconds from now())::bigint % 1000000), 5, '0')
    || ${random}`;
}
