import { type Kysely, sql } from 'kysely';

// Contract: the look at what is there, while reads and writes go on.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table badge_group validate constraint badge_group_colour_check`.execute(db);
}

export async function down(): Promise<void> {}
