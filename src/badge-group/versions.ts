import { type QueryCreator, sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { prepare, type TextRow } from '../database/statement.ts';
import { type Database, epochSeconds } from '../database/tables.ts';
import type { BadgeGroup } from './badge-group.ts';

/** What a group was from one change until the next one; the newest version is the group itself. */
export interface BadgeGroupVersion {
  readonly name: string;
  readonly rank: number;
  readonly isActive: boolean;
  readonly changedBy: number;
  /** Epoch seconds, exact to the microsecond; grows from one version of a group to the next. */
  readonly changedOn: number;
}

const selectNewest = prepareList('desc');
const selectOldest = prepareList('asc');

function prepareList(direction: 'asc' | 'desc') {
  return prepare<ListValues>('list_badge_group_versions', (db, param) =>
    db
      .selectFrom(
        sql<{ id: string; ordinal: string }>`
          unnest(${param('ids')}::text[], ${param('olderThan')}::float8[], ${param('newerThan')}::float8[],
                 ${param('limits')}::int[]) with ordinality`.as<'asked'>(
          sql`asked (id, older_than, newer_than, max_count, ordinal)`,
        ),
      )
      .crossJoinLateral(({ selectFrom }) =>
        selectFrom('badge_group_version')
          .select([
            // As JSON, because PGlite drops a byte order mark from the start of a text.
            sql<string>`to_json(name)`.as('name'),
            'rank',
            'is_active',
            'changed_by',
            epochSeconds('changed_at').as('changed_on'),
            'changed_at',
          ])
          .where('org_id', '=', param('orgId'))
          .whereRef('badge_group_version.id', '=', 'asked.id')
          .where('changed_at', '<', sql`to_timestamp(asked.older_than)`)
          .where('changed_at', '>', sql`to_timestamp(asked.newer_than)`)
          .orderBy('changed_at', direction)
          .limit(sql<number>`asked.max_count`)
          .as('version'),
      )
      .select([
        'asked.ordinal',
        'version.name',
        'version.rank',
        'version.is_active',
        'version.changed_by',
        'version.changed_on',
      ])
      .orderBy('asked.ordinal')
      .orderBy('version.changed_at', direction),
  );
}

/** Of what a group was: the versions between two instants, in epoch seconds and exclusive, so many at most. */
export interface VersionStretch {
  readonly id: string;
  readonly olderThan: number;
  readonly newerThan: number;
  readonly limit: number;
}

interface ListValues {
  readonly orgId: number;
  readonly ids: readonly string[];
  readonly olderThan: readonly number[];
  readonly newerThan: readonly number[];
  readonly limits: readonly number[];
}

/** What many groups of an org were, each from one end of its stretch on, in the order of the stretches. */
export async function listVersions(
  db: Db,
  orgId: number,
  stretches: readonly VersionStretch[],
  { newestFirst }: { newestFirst: boolean },
): Promise<BadgeGroupVersion[][]> {
  const versions = stretches.map((): BadgeGroupVersion[] => []);
  if (stretches.length === 0) return versions;
  const rows = await db.run(newestFirst ? selectNewest : selectOldest, {
    orgId,
    ids: stretches.map(({ id }) => id),
    olderThan: stretches.map(({ olderThan }) => olderThan),
    newerThan: stretches.map(({ newerThan }) => newerThan),
    limits: stretches.map(({ limit }) => limit),
  });
  for (const row of rows) versions[Number(row[0]) - 1]?.push(readVersion(row));
  return versions;
}

function readVersion([, name, rank, isActive, changedBy, changedOn]: TextRow): BadgeGroupVersion {
  return {
    name: JSON.parse(name as string),
    rank: Number(rank),
    isActive: isActive === 't',
    changedBy: Number(changedBy),
    changedOn: Number(changedOn),
  };
}

const count = prepare<Pick<ListValues, 'orgId' | 'ids' | 'olderThan'>>(
  'count_badge_group_versions',
  (db, param) =>
    db
      .selectFrom(
        sql<{ id: string; ordinal: string }>`
          unnest(${param('ids')}::text[], ${param('olderThan')}::float8[]) with ordinality`.as<'asked'>(
          sql`asked (id, older_than, ordinal)`,
        ),
      )
      .select(({ selectFrom }) =>
        selectFrom('badge_group_version')
          .select(sql<string>`count(*) + 1`.as('count'))
          .where('org_id', '=', param('orgId'))
          .whereRef('badge_group_version.id', '=', 'asked.id')
          .where('changed_at', '<', sql`to_timestamp(asked.older_than)`)
          .as('count'),
      )
      .orderBy('asked.ordinal'),
);

/** How many versions each of many groups of an org has had, in their order, in one statement. */
export async function countVersions(db: Db, orgId: number, groups: readonly BadgeGroup[]): Promise<number[]> {
  const rows = await db.run(count, {
    orgId,
    ids: groups.map(({ id }) => id),
    olderThan: groups.map(({ lastUpdatedOn }) => lastUpdatedOn),
  });
  return rows.map(([count]) => Number(count));
}

/**
 * As a part of the statement that changes them: what the groups of `changed` were, as they were `found`. A release that
 * keeps what groups become, too, may have kept it.
 */
export function keepVersions(db: QueryCreator<Database>, found: string, changed: string) {
  return db
    .insertInto('badge_group_version')
    .columns(['org_id', 'id', 'changed_at', 'changed_by', 'name', 'rank', 'is_active'])
    .expression(
      sql`select org_id, id, updated_at, updated_by, name, rank, is_active from ${sql.table(found)}
        where id in (select id from ${sql.table(changed)})`,
    )
    .onConflict((conflict) => conflict.doNothing());
}
