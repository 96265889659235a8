import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from './database.ts';

export const caller = { orgId: 100737, userId: 75197372 };
export const ourTable = 'badge_group';
export const plainTable = 'plain.badge_group';

const ownGroups = 1_000;
const others = { orgs: 100, groups: 1_000 };

/** What the bare servers and the peers use: no checks, one index for the list, and no constraint on names. */
export async function createPlainTable({ query }: BenchDatabase): Promise<void> {
  await query('create schema plain');
  await query(`
    create table ${plainTable} (
      org_id integer not null,
      id text collate "C" not null default left(replace(gen_random_uuid()::text, '-', ''), 24),
      name text not null,
      rank integer not null,
      is_active boolean not null default true,
      created_by integer not null,
      created_at timestamptz not null default now(),
      updated_by integer not null,
      updated_at timestamptz not null default now(),
      primary key (org_id, id)
    )`);
  await query(`create index on ${plainTable} (org_id, rank desc, id)`);
}

/** One org with 1,000 groups, and a hundred more of the same size; what is created ranks below them all. */
export async function fill({ query }: BenchDatabase, table: string): Promise<void> {
  await query(`alter table ${table} set (autovacuum_enabled = off)`);
  await query(
    `insert into ${table} (org_id, id, name, rank, is_active, created_by, created_at, updated_by, updated_at)
     select org_id,
       lpad(to_hex(floor(extract(epoch from at))::bigint), 8, '0')
         || lpad(to_hex(extract(microseconds from at)::bigint % 1000000), 5, '0') || lpad(to_hex(n), 11, '0'),
       'Group ' || n, 100 + n * 7 % 100, n % 10 <> 0, $2, at, $2, at + n % 3 * interval '12345.678901 s'
     from (
       select case when n <= $3::int then $1::int else n / $4::int end as org_id, n,
         timestamptz '2026-01-01T00:00:00Z' + n * interval '97.654321 s' as at
       from generate_series(1, $3::int + $4::int * $5::int) as n
     ) as groups`,
    [caller.orgId, caller.userId, ownGroups, others.groups, others.orgs],
  );
  await query(`vacuum analyze ${table}`);
}

/** Takes out what was created since it was filled, so that no run pays for the one before. */
export async function clean({ query }: BenchDatabase, table: string): Promise<void> {
  // The load has ended amid requests, which go on.
  for (let isBusy = true; isBusy; ) {
    await sleep(300);
    const active = await query(`
      select from pg_stat_activity
      where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`);
    isBusy = active.length > 0;
  }
  await query(`delete from ${table} where org_id = $1 and name like 'Bench %'`, [caller.orgId]);
  // Where a service has histories.
  const [versions] = await query<{ name: string | null }>(
    `select to_regclass('badge_group_version') as name`,
  );
  if (versions?.name) await query(`truncate ${versions.name}`);
  await query(`vacuum analyze ${table}`);
  await query('checkpoint');
}

/** A whole group, its fields in the order in which every workload asks for them. */
export interface Group {
  readonly id: string;
  readonly orgId: number;
  readonly name: string;
  readonly rank: number;
  readonly createdBy: number;
  readonly createdOn: number;
  readonly createdOnISO: string;
  readonly lastUpdatedBy: number;
  readonly lastUpdatedOn: number;
  readonly lastUpdatedOnISO: string;
  readonly isActive: boolean;
}

export async function readGroups({ query }: BenchDatabase, table: string): Promise<Group[]> {
  const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  return await query<Group>(
    `select id, org_id as "orgId", name, rank, created_by as "createdBy",
       extract(epoch from created_at)::float8 as "createdOn", ${iso('created_at')} as "createdOnISO",
       updated_by as "lastUpdatedBy",
       extract(epoch from updated_at)::float8 as "lastUpdatedOn", ${iso('updated_at')} as "lastUpdatedOnISO",
       is_active as "isActive"
     from ${table} where org_id = $1 order by rank desc, id collate "C"`,
    [caller.orgId],
  );
}
