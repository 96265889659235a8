import { type Kysely, sql } from 'kysely';

// The list of the active (or inactive) groups, in the order of the whole list, however rare they are.
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('badge_group_org_id_is_active_rank_id_idx')
    .on('badge_group')
    .columns(['org_id', 'is_active'])
    .expression(sql`(-rank::bigint)`)
    .column('id')
    .execute();
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('badge_group_org_id_is_active_rank_id_idx').execute();
}
