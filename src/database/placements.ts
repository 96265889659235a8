import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface Placement {
  readonly table: string;
  /** The column by which its rows are spread; absent: every machine has a copy of all. */
  readonly by?: 'org_id';
  /** The table whose rows of the same org are on the same machine. */
  readonly with?: string;
}

/** Where each table's rows are when the database is spread over several machines, in the order of placing them. */
export const placements: readonly Placement[] = [
  { table: 'badge_group', by: 'org_id' },
  { table: 'badge_group_version', by: 'org_id', with: 'badge_group' },
  { table: 'api_client' },
];

export async function hasCitus(db: Db): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select to_regproc('create_distributed_table') is not null as has`.execute(db);
  return rows[0]?.has ?? false;
}

/** Has Citus place what is not placed yet, rows and all; gives each placement, and whether it was there already. */
export async function* placeTables(db: Db): AsyncGenerator<{ placement: Placement; wasThere: boolean }> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class join citus_tables on table_name = pg_class.oid`.execute(db);
  const placed = new Set(rows.map(({ name }) => name));
  for (const placement of placements) {
    const wasThere = placed.has(placement.table);
    if (!wasThere) await place(db, placement);
    yield { placement, wasThere };
  }
}

async function place(db: Db, { table, by, with: other = 'default' }: Placement): Promise<void> {
  if (by === undefined) await sql`select create_reference_table(${table})`.execute(db);
  else await sql`select create_distributed_table(${table}, ${by}, colocate_with => ${other})`.execute(db);
}
