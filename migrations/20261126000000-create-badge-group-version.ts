import { type Kysely, sql } from 'kysely';

// What groups were, and are. No foreign key: to add one would keep writes to badge_group waiting, those of the
// release before too, until its groups are copied.
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('badge_group_version')
    .addColumn('org_id', 'integer', (column) => column.notNull())
    .addColumn('id', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('changed_at', 'timestamptz', (column) => column.notNull())
    .addColumn('changed_by', 'integer', (column) => column.notNull())
    .addColumn('name', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('rank', 'integer', (column) => column.notNull())
    .addColumn('is_active', 'boolean', (column) => column.notNull())
    .execute();

  await sql`
    insert into badge_group_version (org_id, id, changed_at, changed_by, name, rank, is_active)
    select org_id, id, updated_at, updated_by, name, rank, is_active from badge_group`.execute(db);

  // After the copy, because an index is built faster than it grows.
  await db.schema
    .alterTable('badge_group_version')
    .addPrimaryKeyConstraint('badge_group_version_pkey', ['org_id', 'id', 'changed_at'])
    .execute();
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('badge_group_version').execute();
}
