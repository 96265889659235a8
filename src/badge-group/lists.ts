import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { type Param, prepare, type Statement } from '../database/statement.ts';
import type { Database } from '../database/tables.ts';
import { type BadgeGroup, fitsInName, type Position } from './badge-group.ts';
import { type NamePattern, toNamePattern } from './name-part.ts';
import { line, readBadgeGroup } from './repository.ts';

/** Which groups of its org a list has: all, where nothing is said. */
export interface Filter {
  readonly isActive?: boolean | undefined;
  /** A part of the name, without regard to case. */
  readonly nameContains?: string | undefined;
}

/** A stretch of an org's list in its DESC order: rank from high to low, ties by id ascending. */
export interface Stretch extends Filter {
  readonly after?: Position | undefined;
  readonly before?: Position | undefined;
  /** Whether groups at `after` and `before` themselves belong to it. */
  readonly inclusive?: boolean;
}

interface FilterValues {
  readonly orgId: number;
  readonly isActive: boolean | undefined;
  readonly like: NamePattern['like'] | undefined;
  readonly exact: NamePattern['exact'] | undefined;
}

interface StretchValues extends FilterValues {
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
  if (findsNothing(stretch)) return [];
  const { after, before, inclusive } = stretch;
  const kind = [describeFilter(stretch), !!after, !!before, inclusive, backwards].join();
  const statement = lists.get(kind) ?? prepareList(stretch, backwards);
  lists.set(kind, statement);
  const rows = await db.run(statement, {
    ...bindFilter(orgId, stretch),
    afterRank: after?.rank,
    afterId: after?.id,
    beforeRank: before?.rank,
    beforeId: before?.id,
    limit,
  });
  return rows.map((row) => readBadgeGroup(orgId, row));
}

function prepareList(stretch: Stretch, backwards: boolean): Statement<StretchValues> {
  const { after, before, inclusive } = stretch;
  const direction = backwards ? 'desc' : 'asc';
  const build = (db: Kysely<Database>, param: Param<StretchValues>) => {
    let query = selectFiltered(db, param, stretch);
    if (after) {
      query = query.where(comparePosition(inclusive ? '>=' : '>', param('afterRank'), param('afterId')));
    }
    if (before) {
      query = query.where(comparePosition(inclusive ? '<=' : '<', param('beforeRank'), param('beforeId')));
    }
    const ordered = query.orderBy(descendingRank, direction).orderBy('id', direction).limit(param('limit'));
    if (stretch.nameContains === undefined) return ordered.select(line);
    // What is found may be sorted, all of it; only what is left then is written as it is to be read.
    return db
      .selectFrom(ordered.selectAll().as('found'))
      .select(line)
      .orderBy(descendingRank, direction)
      .orderBy('id', direction);
  };
  return prepare('list_badge_groups', build, { isMeasured: stretch.nameContains !== undefined });
}

const descendingRank = sql<number>`(-rank::bigint)`;

function comparePosition(
  operator: '<' | '<=' | '>' | '>=',
  rank: RawBuilder<number>,
  id: RawBuilder<string>,
): RawBuilder<boolean> {
  return sql<boolean>`(${descendingRank}, id) ${sql.raw(operator)} (-(${rank}::bigint), ${id}::text)`;
}

const counts = new Map<string, Statement<FilterValues>>();

/** Reads all groups of the org: in a large one that takes a while. */
export async function countBadgeGroups(db: Db, orgId: number, filter: Filter): Promise<number> {
  if (findsNothing(filter)) return 0;
  const kind = describeFilter(filter);
  const statement = counts.get(kind) ?? prepareCount(filter);
  counts.set(kind, statement);
  const [row] = await db.run(statement, bindFilter(orgId, filter));
  return Number(row?.[0]);
}

function prepareCount(filter: Filter): Statement<FilterValues> {
  return prepare(
    'count_badge_groups',
    (db, param) => selectFiltered(db, param, filter).select(sql<string>`count(*)`.as('count')),
    { isMeasured: true },
  );
}

/** Whether no name can have what is looked for. */
function findsNothing({ nameContains }: Filter): boolean {
  return nameContains !== undefined && !fitsInName(nameContains);
}

/** What a statement depends on. */
function describeFilter({ isActive, nameContains }: Filter): string {
  return [isActive !== undefined, nameContains !== undefined].join();
}

function selectFiltered(
  db: Kysely<Database>,
  param: Param<FilterValues>,
  { isActive, nameContains }: Filter,
) {
  let query = db.selectFrom('badge_group').where('org_id', '=', param('orgId'));
  if (isActive !== undefined) query = query.where('is_active', '=', param('isActive'));
  if (nameContains !== undefined) {
    query = query
      .where(sql<boolean>`name ilike ${param('like')}::text`)
      .where(sql<boolean>`name ~ ${param('exact')}::text`);
  }
  return query;
}

function bindFilter(orgId: number, { isActive, nameContains }: Filter): FilterValues {
  const pattern =
    nameContains === undefined ? { like: undefined, exact: undefined } : toNamePattern(nameContains);
  return { orgId, isActive, ...pattern };
}
