import { type Kysely, sql } from 'kysely';

export const transaction = false;

// The list of the active (or inactive) groups, in the order of the whole list, however rare they are.
export async function up(db: Kysely<unknown>): Promise<void> {
  // Not without a look: YugabyteDB takes no `drop index concurrently`.
  const { rows: left } = await sql`
    select from pg_class where oid = to_regclass('badge_group_org_id_is_active_rank_id_idx')`.execute(db);
  if (left.length > 0) await down(db);
  await sql`
    create index concurrently badge_group_org_id_is_active_rank_id_idx
    on badge_group (org_id, is_active, (-rank::bigint), id)`.execute(db);
}

/** Also of what a run that was broken off has left. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index concurrently if exists badge_group_org_id_is_active_rank_id_idx`.execute(db);
}
