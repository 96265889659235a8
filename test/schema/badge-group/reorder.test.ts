import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { databaseKinds, openTestDatabase } from '../../support/databases.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { type BadgeGroup, type TestCaller, toVersion, useService } from '../../support/service.ts';
import { readServerLog } from '../../support/statement-log.ts';

const unknownId = '0'.repeat(24);

describe.each(databaseKinds)('reorderBadgeGroups on %s', (kind) => {
  const held = useService(kind);

  /** A caller with three groups of the ranks 1, 2 and 3, lowest first. */
  async function setUp() {
    const caller = await held.service.addCaller();
    const groups: BadgeGroup[] = [];
    for (const rank of [1, 2, 3]) groups.push(await caller.create({ name: `Group ${rank}`, rank }));
    return { caller, groups: groups as [BadgeGroup, BadgeGroup, BadgeGroup] };
  }

  const countVersions = async (caller: TestCaller, groups: readonly BadgeGroup[]) =>
    await Promise.all(groups.map(async ({ id }) => (await caller.history(id)).totalCount));

  test('gives the groups their ranks in one statement, and tells them in the order of the input', async () => {
    const { caller, groups } = await setUp();
    const [low, middle, high] = groups;
    const colleague = await held.service.addCaller({ orgId: caller.orgId });
    await colleague.list();
    const { db, queries } = recordQueries(held.service.db);
    const outcome = await held.service
      .with({ db })
      .adopt(colleague)
      .tryReorder([
        { id: high.id, rank: 1 },
        { id: low.id, rank: 3, ifLastUpdatedOn: low.lastUpdatedOn },
      ]);
    expect(queries.filter(({ sql }) => sql.includes('badge_group'))).toHaveLength(1);
    const change = {
      lastUpdatedBy: colleague.userId,
      lastUpdatedOn: expect.any(Number),
      lastUpdatedOnISO: expect.any(String),
    };
    expect(outcome).toEqual({
      __typename: 'BadgeGroupsReordered',
      badgeGroups: [
        { ...high, rank: 1, ...change },
        { ...low, rank: 3, ...change },
      ],
    });
    const list = await caller.list();
    expect(list.map(({ id }) => id)).toEqual([low.id, middle.id, high.id]);
    expect([list[2], list[0]]).toEqual('badgeGroups' in outcome && outcome.badgeGroups);
    expect(list[1]).toEqual(middle);
    for (const [group, now] of [
      [low, list[0]],
      [high, list[2]],
    ] as const) {
      const { edges } = await caller.history(group.id);
      expect(edges.map(({ node }) => node)).toEqual([toVersion(now as BadgeGroup), toVersion(group)]);
    }
  });

  test('leaves a group as it is whose rank stays', async () => {
    const { caller, groups } = await setUp();
    const [low, middle, high] = groups;
    const outcome = await caller.tryReorder([
      { id: low.id, rank: 1 },
      { id: middle.id, rank: -5 },
      { id: high.id, rank: 3, ifLastUpdatedOn: high.lastUpdatedOn },
    ]);
    expect(outcome).toMatchObject({ badgeGroups: [low, { rank: -5 }, high] });
    expect(await countVersions(caller, groups)).toEqual([1, 2, 1]);
  });

  test.each<[string, Record<number, object>, number, string[]]>([
    [
      '732 for the first rank that is missing',
      { 1: { rank: null }, 2: { rank: undefined } },
      732,
      ['1', 'rank'],
    ],
    [
      '732 before 404 and 409',
      { 0: { id: unknownId }, 1: { ifLastUpdatedOn: 1 }, 2: { rank: null } },
      732,
      ['2', 'rank'],
    ],
    [
      '404 for the first group that is not there',
      { 1: { id: unknownId }, 2: { id: 'x\0' } },
      404,
      ['1', 'id'],
    ],
    [
      '404 for what is no id, as for what names nothing',
      { 1: { id: '' }, 2: { id: unknownId } },
      404,
      ['1', 'id'],
    ],
    ['404 before 409', { 0: { ifLastUpdatedOn: 1 }, 2: { id: unknownId } }, 404, ['2', 'id']],
    [
      '409 for the first group that has changed',
      { 1: { ifLastUpdatedOn: 1 }, 2: { ifLastUpdatedOn: 2 } },
      409,
      ['1', 'ifLastUpdatedOn'],
    ],
  ])('answers %s, and changes nothing', async (_title, faults, code, path) => {
    const { caller, groups } = await setUp();
    const ranks = groups.map(({ id }, index) => ({ id, rank: 10 + index, ...faults[index] }));
    const outcome = await caller.tryReorder(ranks);
    expect(outcome).toMatchObject({ code, path: ['input', 'ranks', ...path] });
    if (code === 409) expect(outcome).toMatchObject({ currentGroup: groups[1] });
    expect(await caller.list()).toEqual(groups.toReversed());
    expect(await countVersions(caller, groups)).toEqual([1, 1, 1]);
  });

  test('answers 404 for a group of another org', async () => {
    const { groups } = await setUp();
    const stranger = await held.service.addCaller();
    const own = await stranger.create({ name: 'Own', rank: 1 });
    expect(
      await stranger.tryReorder([
        { id: own.id, rank: 2 },
        { id: groups[0].id, rank: 2 },
      ]),
    ).toMatchObject({
      code: 404,
      path: ['input', 'ranks', '1', 'id'],
    });
    expect(await stranger.list()).toEqual([own]);
  });

  test('answers 403 without WRITE access, before anything else', async () => {
    const { caller, groups } = await setUp();
    const reader = await held.service.addCaller({ orgId: caller.orgId, access: 'read' });
    const [{ id }] = groups;
    const twice = [
      { id, rank: 1 },
      { id, rank: 2 },
    ];
    for (const ranks of [[{ id, rank: 9 }], [{ id: '' }], [{ id, rank: null }], [], twice]) {
      expect(await reader.tryReorder(ranks)).toMatchObject({ code: 403, path: [] });
    }
    expect(await caller.list()).toEqual(groups.toReversed());
  });

  test.each([
    ['none', 0, '"ranks" has 0 entries, but must have from 1 to 1000.'],
    ['1,001 of them', 1_001, '"ranks" has 1001 entries, but must have from 1 to 1000.'],
  ])('refuses %s', async (_title, count, message) => {
    const { caller } = await setUp();
    const ranks = Array.from({ length: count }, (_, index) => ({ id: `${index}`, rank: 1 }));
    await expect(caller.tryReorder(ranks)).rejects.toThrow(JSON.stringify(message).slice(1, -1));
  });

  test('refuses a group that is named twice', async () => {
    const { caller, groups } = await setUp();
    const [{ id }] = groups;
    await expect(
      caller.tryReorder([
        { id, rank: 8 },
        { id: unknownId, rank: 1 },
        { id, rank: 9 },
      ]),
    ).rejects.toThrow(`names the id \\"${id}\\" more than once.`);
    expect(await caller.list()).toEqual(groups.toReversed());
  });

  test('takes a thousand groups, and reverses them', async () => {
    const caller = await held.service.addCaller();
    await held.service.fill(caller.orgId, 1_000);
    const list = await caller.list();
    const ranks = list.map(({ id, lastUpdatedOn }, index) => ({
      id,
      rank: index,
      ifLastUpdatedOn: lastUpdatedOn,
    }));
    expect(await caller.tryReorder(ranks)).toMatchObject({ __typename: 'BadgeGroupsReordered' });
    expect((await caller.list({ order: 'ASC' })).map(({ id }) => id)).toEqual(list.map(({ id }) => id));
  });

  test('lets one of ten reorders with one precondition win', async () => {
    const { caller, groups } = await setUp();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, round) =>
        caller.tryReorder(
          groups.map(({ id, lastUpdatedOn }, index) => ({
            id,
            rank: 100 + 10 * round + index,
            ifLastUpdatedOn: lastUpdatedOn,
          })),
        ),
      ),
    );
    const winners = outcomes.filter(({ __typename }) => __typename === 'BadgeGroupsReordered');
    expect(winners).toEqual([
      { __typename: 'BadgeGroupsReordered', badgeGroups: (await caller.list()).toReversed() },
    ]);
    const losers = outcomes.filter(({ __typename }) => __typename === 'BadgeGroupChangedError');
    expect(losers).toHaveLength(9);
    for (const loser of losers)
      expect(loser).toMatchObject({ path: ['input', 'ranks', '0', 'ifLastUpdatedOn'] });
  });
});

describe('fifty reorders at once of the same twenty groups, on a Postgres server', () => {
  const held = useService('a Postgres server', {}, openTestDatabase);

  test('leave one of their orders, whole, and none meets a deadlock', async () => {
    const caller = await held.service.addCaller();
    await held.service.fill(caller.orgId, 20);
    const ids = (await caller.list()).map(({ id }) => id);
    const orders = Array.from({ length: 50 }, (_, index) => permute(ids, index));
    const outcomes = await Promise.all([
      ...orders.map((order) => caller.tryReorder(order.map((id, rank) => ({ id, rank })))),
      ...ids.map((id) => caller.tryUpdate({ id, isActive: false })),
      ...ids.map((_, index) => caller.tryCreate({ name: `New ${index}`, rank: -1 })),
    ]);
    expect(new Set(outcomes.map(({ __typename }) => __typename))).toEqual(
      new Set(['BadgeGroupsReordered', 'BadgeGroup']),
    );
    const list = await caller.list({ isActive: false, order: 'ASC' });
    expect(orders.map((order) => order.join())).toContain(list.map(({ id }) => id).join());
    expect(list.map(({ rank }) => rank)).toEqual(ids.map((_, rank) => rank));
    const log = readServerLog(String(held.service.databaseUrl)) ?? [];
    expect(log.filter((line) => /deadlock|40P01/.test(line))).toEqual([]);
    expect(held.service.faults).toEqual([]);
  });
});

/** Another order for each seed; those of odd ones run the other way. */
function permute(ids: readonly string[], seed: number): string[] {
  const weigh = (id: string) => hash('sha256', `${seed >> 1}:${id}`);
  const order = ids.toSorted((a, b) => (weigh(a) < weigh(b) ? -1 : 1));
  return seed % 2 === 0 ? order : order.reverse();
}
