import { sql } from 'kysely';
import { encodeCursor } from '../../../src/badge-group/cursor.ts';
import type { Db } from '../../../src/database/database.ts';
import { migrateToLatest } from '../../../src/database/migrator.ts';
import { connectPatiently } from '../../support/databases.ts';
import { type TestCaller, TestService } from '../../support/service.ts';
import type { BenchServer } from '../database.ts';

/** A service in this process over a database of its own that has our tables, without statement limits. */
export async function openService(server: BenchServer, name: string): Promise<TestService> {
  const { url } = await server.create(name);
  const db = connectPatiently(url, { poolSize: 2 });
  await migrateToLatest(db);
  return new TestService({ db, url, close: () => db.destroy() }, { logLevel: 'silent' });
}

/** Ten ranks, each with a tenth of the groups; ten groups are active. */
export async function fillOrg(db: Db, orgId: number, size: number): Promise<void> {
  await sql`
    insert into badge_group (org_id, id, name, rank, is_active, created_by, updated_by)
    select ${orgId}::int, lpad(to_hex(n), 24, '0'), 'Group ' || n, n % 10,
      n % ${Math.max(1, size / 10)}::int = 0, 1, 1
    from generate_series(1, ${size}::int) as n`.execute(db);
}

/** Orgs of a thousand groups, from the number `firstOrg` on. */
export async function fillOthers(db: Db, firstOrg: number, count: number): Promise<void> {
  await sql`
    insert into badge_group (org_id, id, name, rank, created_by, updated_by)
    select ${firstOrg}::int + n / 1000, lpad(to_hex(n), 24, '0'), 'Group ' || n, n % 10, 1, 1
    from generate_series(1, ${count}::int) as n`.execute(db);
}

export async function vacuum(db: Db): Promise<void> {
  await sql`vacuum analyze badge_group`.execute(db);
}

/** Of the group that has so many before it. */
export async function findCursor(db: Db, orgId: number, offset: number): Promise<string> {
  const place = await db
    .selectFrom('badge_group')
    .select(['rank', 'id'])
    .where('org_id', '=', orgId)
    .orderBy('rank', 'desc')
    .orderBy('id')
    .offset(offset)
    .limit(1)
    .executeTakeFirstOrThrow();
  return encodeCursor(place, { orgId, order: 'DESC', nameContains: undefined });
}

export async function ask(caller: TestCaller, field: string): Promise<void> {
  const { data, errors } = await caller.execute(`{ ${field} }`);
  if (!data) throw new Error(`No answer to ${field}: ${JSON.stringify(errors)}`);
}
