import { type Kysely, sql } from 'kysely';

export const transaction = false;

// Expand: writes go on while it is built.
export async function up(db: Kysely<unknown>): Promise<void> {
  await down(db);
  await sql`create index concurrently badge_group_org_id_colour_idx on badge_group (org_id, colour)`.execute(
    db,
  );
}

/** Also of what a run that was broken off has left. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index concurrently if exists badge_group_org_id_colour_idx`.execute(db);
}
