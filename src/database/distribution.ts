import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface Distribution {
  readonly table: string;
  /** The column by which its rows are spread; absent: every machine has a copy of all. */
  readonly by?: 'org_id';
  /** The table whose rows of the same org are on the same machine. */
  readonly with?: string;
}

/** Where each table's rows are when the database is spread over several machines, in the order of distributing them. */
export const distributions: readonly Distribution[] = [
  { table: 'badge_group', by: 'org_id' },
  { table: 'badge_group_version', by: 'org_id', with: 'badge_group' },
  { table: 'api_client' },
];

/** Whether the database can be spread over several machines. */
export async function hasCitus(db: Db): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select to_regproc('create_distributed_table') is not null as has`.execute(db);
  return rows[0]?.has ?? false;
}

/** Has Citus distribute what is not distributed yet, rows and all; gives each table, and whether it was there already. */
export async function* distributeTables(
  db: Db,
): AsyncGenerator<{ distribution: Distribution; wasThere: boolean }> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class join citus_tables on table_name = pg_class.oid`.execute(db);
  const distributed = new Set(rows.map(({ name }) => name));
  for (const distribution of distributions) {
    const wasThere = distributed.has(distribution.table);
    if (!wasThere) await distribute(db, distribution);
    yield { distribution, wasThere };
  }
}

async function distribute(db: Db, { table, by, with: other = 'default' }: Distribution): Promise<void> {
  if (by === undefined) await sql`select create_reference_table(${table})`.execute(db);
  else await sql`select create_distributed_table(${table}, ${by}, colocate_with => ${other})`.execute(db);
}
