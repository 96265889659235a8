import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('api_client')
    .addColumn('name', sql`text collate "C"`, (column) => column.notNull())
    .addColumn('org_id', 'integer', (column) => column.notNull())
    .addColumn('user_id', 'integer', (column) => column.notNull())
    .addColumn('can_write', 'boolean', (column) => column.notNull())
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('revoked_at', 'timestamptz')
    .addPrimaryKeyConstraint('api_client_pkey', ['name'])
    .addCheckConstraint('api_client_name_check', sql`name ~ '^[A-Za-z0-9._-]{1,64}$'`)
    .addCheckConstraint('api_client_secret_hash_check', sql`secret_hash ~ '^[0-9a-f]{64}$'`)
    .execute();
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('api_client').execute();
}
