import { type Kysely, sql } from 'kysely';

export const transaction = false;

// Contract, once no release is left that does not write it: in short transactions, so that no request waits for long.
export async function up(db: Kysely<unknown>): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      update badge_group set colour = 'none' where (org_id, id) in (
        select org_id, id from badge_group where colour is null limit 1000 for update)`.execute(db);
    if (numAffectedRows === 0n) return;
  }
}

export async function down(): Promise<void> {}
