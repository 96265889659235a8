import { sql } from 'kysely';
import type { Caller } from '../auth/caller.ts';
import type { Db } from '../database/database.ts';
import { prepare } from '../database/statement.ts';
import { type BadgeGroup, isBadgeGroupId } from './badge-group.ts';
import { line, readBadgeGroup } from './repository.ts';
import { keepVersions } from './versions.ts';
import { timeOfChange } from './writes.ts';

/** The rank that a group is to have. */
export interface WantedRank {
  readonly id: string;
  readonly rank: number;
  /** No group is changed unless this is the group's `lastUpdatedOn`; null counts as absent. */
  readonly ifLastUpdatedOn?: number | null | undefined;
}

/** What was found of one group; a stale one is not the one that `ifLastUpdatedOn` speaks of. */
export type RankOutcome =
  | { readonly is: 'fine' | 'stale'; readonly group: BadgeGroup }
  | { readonly is: 'missing' };

interface ReorderValues extends Pick<Caller, 'orgId' | 'userId'> {
  readonly ids: readonly string[];
  readonly ranks: readonly number[];
  readonly instants: readonly (number | null)[];
}

const reorder = prepare<ReorderValues>(
  'reorder_badge_groups',
  (db, param) =>
    db
      .with('wanted', (cte) =>
        cte
          .selectFrom(
            sql<{ wanted_id: string; wanted_rank: number; wanted_on: number | null; ordinal: string }>`
            unnest(${param('ids')}::text[], ${param('ranks')}::int[], ${param('instants')}::float8[])
              with ordinality`.as<'wanted'>(sql`wanted (wanted_id, wanted_rank, wanted_on, ordinal)`),
          )
          .selectAll(),
      )
      // By id, whatever the order of the input, so that of those that meet each other one goes before the others.
      .with('found', (cte) =>
        cte
          .selectFrom('badge_group')
          .selectAll()
          .select(timeOfChange)
          .where('org_id', '=', param('orgId'))
          .where('id', '=', sql<string>`any(${param('ids')}::text[])`)
          .orderBy('id')
          .forUpdate(),
      )
      .with('checked', (cte) =>
        cte
          .selectFrom('wanted')
          .leftJoin('found', 'found.id', 'wanted.wanted_id')
          .select(['wanted_id', 'wanted_rank', 'ordinal'])
          .select(
            sql<string>`case when found.id is null then 'missing'
            when extract(epoch from found.updated_at)::float8 <> wanted_on then 'stale' else 'fine' end`.as(
              'is',
            ),
          ),
      )
      .with('judged', (cte) =>
        cte
          .selectFrom('checked')
          .selectAll()
          .select(sql<boolean>`bool_and("is" = 'fine') over ()`.as('all_fine')),
      )
      .with('changed', (cte) =>
        cte
          .updateTable('badge_group')
          .from(['judged', 'found'])
          .set({
            rank: sql`judged.wanted_rank`,
            updated_by: param('userId'),
            updated_at: sql`found.changed_at`,
          })
          .where('badge_group.org_id', '=', param('orgId'))
          .whereRef('badge_group.id', '=', 'found.id')
          .whereRef('found.id', '=', 'judged.wanted_id')
          .whereRef('found.rank', '<>', 'judged.wanted_rank')
          .where('judged.all_fine', '=', sql<boolean>`true`)
          .returningAll('badge_group'),
      )
      .with('kept', (cte) => keepVersions(cte, 'found', 'changed'))
      .with('present', (cte) =>
        cte
          .selectFrom('changed')
          .select(['id', line])
          .unionAll(({ selectFrom }) =>
            selectFrom('found')
              .select(['id', line])
              .where('id', 'not in', ({ selectFrom }) => selectFrom('changed').select('id')),
          ),
      )
      .selectFrom('judged')
      .leftJoin('present', 'present.id', 'wanted_id')
      .select(['present.line', 'is'])
      .orderBy('ordinal'),
  { isMeasured: true },
);

/**
 * Gives groups of the caller's org their ranks, now and by the caller, all or none, in one statement; it says of each
 * what it has found, in order, and with the group as it is then. Nothing is written where one is not fine.
 */
export async function changeRanks(
  db: Db,
  { orgId, userId }: Caller,
  wanted: readonly WantedRank[],
): Promise<RankOutcome[]> {
  const rows = await db.run(reorder, {
    orgId,
    userId,
    // No group has the empty id.
    ids: wanted.map(({ id }) => (isBadgeGroupId(id) ? id : '')),
    ranks: wanted.map(({ rank }) => rank),
    instants: wanted.map(({ ifLastUpdatedOn = null }) => ifLastUpdatedOn),
  });
  return rows.map((row) => {
    const is = row.at(-1) as RankOutcome['is'];
    return is === 'missing' ? { is } : { is, group: readBadgeGroup(orgId, row) };
  });
}
