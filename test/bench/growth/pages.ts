import { sql } from 'kysely';
import type { Db } from '../../../src/database/database.ts';
import type { TestService } from '../../support/service.ts';
import { ask, findCursor } from './orgs.ts';
import { measureInTurns, type Row } from './turns.ts';

/** What pages, a filter and an update cost in a large org, in milliseconds; beside the same page by OFFSET. */
export async function measurePages(
  service: TestService,
  orgId: number,
  size: number,
): Promise<Record<string, number>> {
  const { db } = service;
  const caller = await service.addCaller({ orgId });
  const deep = await findCursor(db, orgId, size / 2);
  const tied = await findCursor(db, orgId, size - size / 1_000);
  const [{ id } = { id: '' }] = await caller.list({ first: 1 });
  const fields = '{ edges { cursor node { id name rank createdOn } } pageInfo { hasNextPage endCursor } }';
  const page = (argument: string) => () => ask(caller, `badgeGroupsConnection(${argument}) ${fields}`);
  let rank = 0;

  const work: Record<string, () => Promise<unknown>> = {
    'first page of 100': page('first: 100'),
    [`page of 100, ${(size / 2).toLocaleString('en')} deep`]: page(`first: 100, after: "${deep}"`),
    'page of 100, deep among equal ranks': page(`first: 100, after: "${tied}"`),
    'last page of 100': page('last: 100'),
    'the ten active groups': page('first: 100, isActive: true'),
    'update of a rank': () => {
      rank += 1;
      return caller.update({ id, rank });
    },
    'the deep page by OFFSET, the statement alone': () => pageByOffset(db, orgId, size / 2),
    '`totalCount`': () => ask(caller, 'badgeGroupsConnection(first: 0) { totalCount }'),
  };
  const rows: Row[] = Object.entries(work).map(([title, run]) => ({ title, cells: [run] }));
  const medians = await measureInTurns(rows);
  return Object.fromEntries(rows.map(({ title }, index) => [title, medians[index]?.[0] ?? Number.NaN]));
}

async function pageByOffset(db: Db, orgId: number, offset: number): Promise<void> {
  await db
    .selectFrom('badge_group')
    .select(['id', 'name', 'rank'])
    .where('org_id', '=', orgId)
    .orderBy(sql`(-rank::bigint)`)
    .orderBy('id')
    .offset(offset)
    .limit(100)
    .execute();
}
