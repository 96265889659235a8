import pg from 'pg';

export const caller = { orgId: 100737, userId: 75197372 };

const table = process.env.TABLE;
const order = table === 'badge_group' ? '-rank::bigint, id' : 'rank desc, id';
const columns = `id, org_id as "orgId", name, rank,
  created_by as "createdBy", extract(epoch from created_at)::float8 as "createdOn",
  updated_by as "lastUpdatedBy", extract(epoch from updated_at)::float8 as "lastUpdatedOn",
  is_active as "isActive"`;

const list = `select ${columns} from ${table} where org_id = $1 order by ${order} limit $2`;
const find = `select ${columns} from ${table} where org_id = $1 and id = any($2::text[])`;
const create = `insert into ${table} (org_id, id, name, rank, created_by, updated_by)
  values ($1, left(replace(gen_random_uuid()::text, '-', ''), 24), $2, $3, $4, $4) returning ${columns}`;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

/** Statements are prepared by their names, once on each connection. */
async function run(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

export async function listGroups(first) {
  return await run('list', list, [caller.orgId, first]);
}

/** In the order of the ids; null for each that names none. */
export async function findGroups(ids) {
  const groups = await run('find', find, [caller.orgId, ids]);
  const groupsById = new Map(groups.map((group) => [group.id, group]));
  return ids.map((id) => groupsById.get(id) ?? null);
}

export async function createGroup({ name, rank }) {
  return (await run('create', create, [caller.orgId, name, rank, caller.userId]))[0];
}

export function toISO(epochSeconds) {
  return `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
