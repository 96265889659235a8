import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { caller } from './groups.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
const table = process.env.TABLE;
const epochSeconds = (column) => sql`extract(epoch from ${sql.ref(column)})::float8`;
const columns = [
  'id',
  'org_id as orgId',
  'name',
  'rank',
  'created_by as createdBy',
  epochSeconds('created_at').as('createdOn'),
  'updated_by as lastUpdatedBy',
  epochSeconds('updated_at').as('lastUpdatedOn'),
  'is_active as isActive',
];

export async function listGroups(first) {
  return await db
    .selectFrom(table)
    .select(columns)
    .where('org_id', '=', caller.orgId)
    .orderBy('rank', 'desc')
    .orderBy('id')
    .limit(first)
    .execute();
}

/** In the order of the ids; null for each that names none. */
export async function findGroups(ids) {
  const groups = await db
    .selectFrom(table)
    .select(columns)
    .where('org_id', '=', caller.orgId)
    .where('id', 'in', ids)
    .execute();
  const groupsById = new Map(groups.map((group) => [group.id, group]));
  return ids.map((id) => groupsById.get(id) ?? null);
}

export async function createGroup({ name, rank }) {
  return await db
    .insertInto(table)
    .values({ org_id: caller.orgId, name, rank, created_by: caller.userId, updated_by: caller.userId })
    .onConflict((conflict) => conflict.doNothing())
    .returning(columns)
    .executeTakeFirst();
}
