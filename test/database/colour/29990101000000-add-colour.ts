import { type Kysely, sql } from 'kysely';

// Expand: nobody has to know it. No table is written anew for a column without a default, or with a constant one.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table badge_group add column colour text`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table badge_group drop column colour`.execute(db);
}
