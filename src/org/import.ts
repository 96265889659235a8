import { isDeepStrictEqual } from 'node:util';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isDemoSecret } from '../auth/demo-clients.ts';
import { StartError } from '../config/start-error.ts';
import type { Database } from '../database/tables.ts';
import { type Batch, type Entry, format, readBatches } from './lines.ts';
import { countOrg, type Kind, type OrgCounts } from './org.ts';

export interface Imported {
  readonly orgId: number;
  readonly counts: OrgCounts;
  /** Of the clients in the export: those that may not come in, since their secret is unknown, or known to everybody. */
  readonly clientsLeftOut: number;
}

/**
 * Puts what an export holds of an org into the database, exactly as it was, all or none. Throws StartError where there
 * is anything of this org already, and for what is no whole export of values that the database takes.
 */
export async function importOrg(db: Kysely<Database>, bytes: AsyncIterable<Uint8Array>): Promise<Imported> {
  try {
    return await db
      .transaction()
      .setIsolationLevel('read committed')
      .execute((transaction) => insertAll(transaction, bytes));
  } catch (error) {
    const { code = '', message, detail } = error as { code?: string; message?: string; detail?: string };
    if (!/^2[23]/.test(code)) throw error;
    const reason = detail === undefined ? message : `${message}; ${detail}`;
    throw new StartError(`The database refuses what the export holds (${reason}): nothing is imported.`);
  }
}

async function insertAll(db: Kysely<Database>, bytes: AsyncIterable<Uint8Array>): Promise<Imported> {
  const batches = readBatches(bytes);
  const orgId = readHead((await batches.next()).value);
  const held = await countOrg(db, orgId);
  if (held.client + held.badgeGroup + held.version > 0) {
    throw new StartError(`The database holds something of org ${orgId} already: erase it first.`);
  }
  const counts = { client: 0, badgeGroup: 0, version: 0 };
  let clientsLeftOut = 0;
  let end: Entry | undefined;
  for await (const { kind, entries } of batches) {
    if (kind === 'org' || end !== undefined) throw new StartError(notWhole);
    if (kind === 'end') {
      end = entries.length === 1 ? entries[0] : {};
      continue;
    }
    counts[kind] += entries.length;
    const wanted = kind === 'client' ? entries.filter(mayComeIn) : entries;
    clientsLeftOut += entries.length - wanted.length;
    await inserts[kind](orgId, JSON.stringify(wanted)).execute(db);
  }
  if (!isDeepStrictEqual(end, counts)) throw new StartError(notWhole);
  return { orgId, counts: { ...counts, client: counts.client - clientsLeftOut }, clientsLeftOut };
}

const notWhole = 'The export is not whole: it has lost lines, or has too many: nothing is imported.';

function readHead(batch: Batch | undefined): number {
  const { orgId, format: given } = (batch?.kind === 'org' && batch.entries[0]) || {};
  if (typeof orgId !== 'number' || batch?.entries.length !== 1) throw new StartError(notWhole);
  if (given === format) return orgId;
  throw new StartError(
    `The export is of format ${given}, and this release reads ${format}: use its release.`,
  );
}

function mayComeIn({ secretHash }: Entry): boolean {
  return typeof secretHash === 'string' && !isDemoSecret(secretHash);
}

const inserts: Record<Kind, (orgId: number, entries: string) => RawBuilder<unknown>> = {
  client: (orgId, entries) => sql`
    insert into api_client (org_id, name, user_id, can_write, secret_hash, created_at, revoked_at)
    select ${orgId}::int, name, "userId", "canWrite", "secretHash", to_timestamp("createdOn"), to_timestamp("revokedOn")
    from json_to_recordset(${entries}::json) as entry (name text, "userId" int, "canWrite" boolean,
      "secretHash" text, "createdOn" float8, "revokedOn" float8)`,
  badgeGroup: (orgId, entries) => sql`
    insert into badge_group
      (org_id, id, name, rank, created_by, created_at, updated_by, updated_at, is_active)
    select ${orgId}::int, id, name, rank, "createdBy", to_timestamp("createdOn"), "lastUpdatedBy",
      to_timestamp("lastUpdatedOn"), "isActive"
    from json_to_recordset(${entries}::json) as entry (id text, name text, rank int, "createdBy" int,
      "createdOn" float8, "lastUpdatedBy" int, "lastUpdatedOn" float8, "isActive" boolean)`,
  version: (orgId, entries) => sql`
    insert into badge_group_version (org_id, id, name, rank, is_active, changed_by, changed_at)
    select ${orgId}::int, id, name, rank, "isActive", "changedBy", to_timestamp("changedOn")
    from json_to_recordset(${entries}::json) as entry (id text, name text, rank int, "isActive" boolean,
      "changedBy" int, "changedOn" float8)`,
};
