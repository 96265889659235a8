import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { epochSeconds } from '../database/tables.ts';
import type { Caller } from './caller.ts';

export interface ApiClient extends Caller {
  readonly name: string;
  /** Epoch seconds. */
  readonly createdOn: number;
  readonly revokedOn: number | null;
}

export interface NewApiClient extends Caller {
  readonly name: string;
  readonly secretHash: string;
}

/** Adds a client; false when the name is taken, by a revoked one too. */
export async function insertApiClient(db: Db, client: NewApiClient): Promise<boolean> {
  const inserted = await db
    .insertInto('api_client')
    .values({
      name: client.name,
      org_id: client.orgId,
      user_id: client.userId,
      can_write: client.canWrite,
      secret_hash: client.secretHash,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** The client of this name, unless it is revoked, with the hash that its secret has to have. */
export async function findActiveApiClient(
  db: Db,
  name: string,
): Promise<(Caller & { secretHash: string }) | undefined> {
  return await db
    .selectFrom('api_client')
    .select(['org_id as orgId', 'user_id as userId', 'can_write as canWrite', 'secret_hash as secretHash'])
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

export async function listApiClients(db: Db): Promise<ApiClient[]> {
  return await db
    .selectFrom('api_client')
    .select(['name', 'org_id as orgId', 'user_id as userId', 'can_write as canWrite'])
    .select([epochSeconds('created_at').as('createdOn'), epochSeconds('revoked_at').as('revokedOn')])
    .orderBy('name')
    .execute();
}

/** False when there is no such client that is not revoked already. */
export async function revokeApiClient(db: Db, name: string): Promise<boolean> {
  const revoked = await db
    .updateTable('api_client')
    .set({ revoked_at: sql`now()` })
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .returning('name')
    .executeTakeFirst();
  return revoked !== undefined;
}

/** Forgets a revoked client, whose name is free then. False when there is no revoked one of this name. */
export async function deleteRevokedApiClient(db: Db, name: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom('api_client')
    .where('name', '=', name)
    .where('revoked_at', 'is not', null)
    .returning('name')
    .executeTakeFirst();
  return deleted !== undefined;
}

/** Forgets the client with exactly this secret, unless it is revoked. */
export async function deleteApiClient(db: Db, { name, secretHash }: NewApiClient): Promise<void> {
  await db
    .deleteFrom('api_client')
    .where('name', '=', name)
    .where('secret_hash', '=', secretHash)
    .where('revoked_at', 'is', null)
    .execute();
}
