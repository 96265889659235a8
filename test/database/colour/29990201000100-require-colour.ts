import { type Kysely, sql } from 'kysely';

// Contract: held against what is written from here on, without a look at what is there.
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table badge_group add constraint badge_group_colour_check check (colour is not null) not valid`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table badge_group drop constraint badge_group_colour_check`.execute(db);
}
