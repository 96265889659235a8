import {
  deleteApiClient,
  deleteRevokedApiClient,
  findActiveApiClient,
  insertApiClient,
  listApiClients,
  revokeApiClient,
} from '../../src/auth/api-client.repository.ts';
import { countBadgeGroups, listBadgeGroups } from '../../src/badge-group/lists.ts';
import { changeRanks } from '../../src/badge-group/reorder.ts';
import { findBadgeGroupByName, findBadgeGroupsByIds } from '../../src/badge-group/repository.ts';
import { countVersions, listVersions } from '../../src/badge-group/versions.ts';
import { changeBadgeGroup, insertBadgeGroup } from '../../src/badge-group/writes.ts';
import type { Db } from '../../src/database/database.ts';
import { countOrg, eraseOrg } from '../../src/org/org.ts';
import { interceptStatements } from './intercepted-statements.ts';

export interface SentStatement {
  readonly sql: string;
  /** That of a prepared one, without the hash of its text. */
  readonly title: string | undefined;
}

const caller = { orgId: 1, userId: 1, canWrite: true };

/** Every statement that requests, the commands for clients and an erasure can send, each of its forms once. */
export async function findSentStatements(connection: Db): Promise<SentStatement[]> {
  const titles = new Map<string, string | undefined>();
  const intercepted = interceptStatements(connection, ({ sql }) => titles.set(sql, titles.get(sql)));
  const db: Db = Object.assign(intercepted, {
    run: async (statement, values) => {
      titles.set(statement.text, statement.name.replace(/_[0-9a-f]{12}$/, ''));
      return await connection.run(statement, values);
    },
  } satisfies Pick<Db, 'run'>);
  for (const isActive of [undefined, true]) {
    for (const nameContains of [undefined, 'G']) {
      await countBadgeGroups(db, caller.orgId, { isActive, nameContains });
      for (const after of [undefined, { rank: 1, id: '0' }]) {
        for (const before of [undefined, { rank: 1, id: '0' }]) {
          for (const inclusive of [false, true]) {
            for (const backwards of [false, true]) {
              const stretch = { isActive, nameContains, after, before, inclusive };
              await listBadgeGroups(db, caller.orgId, stretch, { limit: 1, backwards });
            }
          }
        }
      }
    }
  }
  const change = { name: 'Silver', rank: undefined, isActive: undefined, ifLastUpdatedOn: undefined };
  const group = await insertBadgeGroup(db, caller, { name: 'Gold', rank: 1 });
  if (group === undefined) throw new Error('The database is not empty.');
  await changeBadgeGroup(db, caller, group.id, change);
  await changeRanks(db, caller, [{ id: group.id, rank: 2, ifLastUpdatedOn: null }]);
  await findBadgeGroupByName(db, caller.orgId, 'Silver');
  await findBadgeGroupsByIds(db, caller.orgId, [group.id]);
  await countVersions(db, caller.orgId, [group]);
  const stretch = { id: group.id, olderThan: group.lastUpdatedOn, newerThan: 0, limit: 1 };
  for (const newestFirst of [true, false]) await listVersions(db, caller.orgId, [stretch], { newestFirst });

  const client = { ...caller, name: 'till', secretHash: '0'.repeat(64) };
  await insertApiClient(db, client);
  await findActiveApiClient(db, client.name);
  await listApiClients(db);
  await revokeApiClient(db, client.name);
  await deleteApiClient(db, client);
  await deleteRevokedApiClient(db, client.name);
  await countOrg(db, caller.orgId);
  await eraseOrg(db, caller.orgId);
  return [...titles].map(([sql, title]) => ({ sql, title }));
}
