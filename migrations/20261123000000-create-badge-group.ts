import { type Kysely, sql } from 'kysely';

// Every key begins with the org, so that the table can be distributed by it.
// Names and ids compare byte by byte (collation C) whatever the database's own collation is.
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('badge_group')
    .addColumn('org_id', 'integer', (column) => column.notNull())
    .addColumn('id', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('name', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('rank', 'integer', (column) => column.notNull())
    .addColumn('is_active', 'boolean', (column) => column.notNull().defaultTo(true))
    .addColumn('created_by', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('updated_by', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('badge_group_pkey', ['org_id', 'id'])
    .addUniqueConstraint('badge_group_org_id_name_key', ['org_id', 'name'])
    .addCheckConstraint('badge_group_id_check', sql`id ~ '^[0-9a-f]{24}$'`)
    .addCheckConstraint('badge_group_name_length_check', sql`char_length(name) between 1 and 255`)
    .addCheckConstraint('badge_group_name_blank_check', sql`btrim(name, ${sql.raw(whiteSpace)}) <> ''`)
    .addCheckConstraint('badge_group_name_control_check', sql`name !~ ${sql.raw(controlCharacter)}`)
    .addCheckConstraint('badge_group_updated_at_check', sql`updated_at >= created_at`)
    .execute();

  // High ranks first, then low ids. With the rank negated both run the same way, so that one row comparison finds
  // the start of a page however deep it is, among equal ranks too.
  await db.schema
    .createIndex('badge_group_org_id_rank_id_idx')
    .on('badge_group')
    .column('org_id')
    .expression(sql`(-rank::bigint)`)
    .column('id')
    .execute();
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('badge_group').execute();
}

const whiteSpace = String.raw`E'\t\n\u000b\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'`;
const controlCharacter = String.raw`'[\u0001-\u001f\u007f-\u009f]'`;
