import type { Db } from '../database/database.ts';
import { deleteApiClient, insertApiClient, type NewApiClient } from './api-client.repository.ts';
import { hashSecret } from './secret.ts';

const demoClients: readonly NewApiClient[] = [
  { name: 'demo', secretHash: hashSecret('demo'), orgId: 100737, userId: 75197372, canWrite: true },
  { name: 'reader', secretHash: hashSecret('reader'), orgId: 100737, userId: 75197373, canWrite: false },
];

/** Everybody knows the secrets of the demo clients: the database has them only while `wanted`. */
export async function setDemoClients(db: Db, wanted: boolean): Promise<void> {
  for (const client of demoClients) {
    await (wanted ? insertApiClient(db, client) : deleteApiClient(db, client));
  }
}

/** Whether everybody knows the secret of this hash: such a one must not get into a database by another way. */
export function isDemoSecret(secretHash: string): boolean {
  return demoClients.some((client) => client.secretHash === secretHash);
}
