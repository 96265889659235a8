import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { type BadgeGroup, type TestCaller, toVersion, useService } from '../../support/service.ts';

describe.each(databaseKinds)('The history of a badge group on %s', (kind) => {
  const held = useService(kind);

  /** A group that has had `count` states, newest first. */
  async function setUp(count = 1): Promise<{ caller: TestCaller; states: BadgeGroup[] }> {
    const caller = await held.service.addCaller();
    const states = [await caller.create({ name: 'Gold', rank: 0 })];
    for (let rank = 1; rank < count; rank += 1) {
      states.unshift(await caller.update({ id: String(states[0]?.id), rank }));
    }
    return { caller, states };
  }

  async function countRows({ orgId }: TestCaller): Promise<number> {
    const { rows } = await sql`select from badge_group_version where org_id = ${orgId}`.execute(
      held.service.db,
    );
    return rows.length;
  }

  test('has every state of the group, newest first, with who made it when', async () => {
    const { caller, states } = await setUp();
    const colleague = await held.service.addCaller({ orgId: caller.orgId });
    const id = String(states[0]?.id);
    for (const changes of [{ name: '\ufeffPlatinum "💥"' }, { rank: -7 }, { isActive: false }]) {
      states.unshift(await colleague.update({ id, ...changes }));
    }
    const { edges, totalCount } = await caller.history(id);
    expect(edges.map(({ node }) => node)).toEqual(states.map(toVersion));
    expect(totalCount).toBe(4);
    expect(edges.map(({ node }) => node.changedBy)).toEqual([
      ...Array(3).fill(colleague.userId),
      caller.userId,
    ]);
  });

  test('gains nothing by a change that changes nothing, that is refused or that is stale', async () => {
    const { caller, states } = await setUp(2);
    const [group] = states as [BadgeGroup];
    await caller.create({ name: 'Silver', rank: 1 });
    const rows = await countRows(caller);
    await caller.tryCreate({ name: 'Gold', rank: 9 });
    await caller.update({ id: group.id, name: 'Gold', rank: group.rank, isActive: true });
    await caller.tryUpdate({ id: group.id, rank: 9, ifLastUpdatedOn: 1 });
    await caller.tryUpdate({ id: group.id, rank: 9, name: 'Silver' });
    expect((await caller.history(group.id)).edges.map(({ node }) => node)).toEqual(states.map(toVersion));
    expect(await countRows(caller)).toBe(rows);
  });

  test('has 20 versions in a page that says no length', async () => {
    const { caller, states } = await setUp(22);
    const { edges, pageInfo, totalCount } = await caller.history(String(states[0]?.id));
    expect(edges.map(({ node }) => node)).toEqual(states.slice(0, 20).map(toVersion));
    expect([pageInfo.hasNextPage, totalCount]).toEqual([true, 22]);
  });

  test('is paged in both directions, and says where a page lies', async () => {
    const { caller, states } = await setUp(4);
    const id = String(states[0]?.id);
    const { edges } = await caller.history(id);
    const cursors = [undefined, ...edges.map(({ cursor }) => cursor)];
    const versions = states.map(toVersion);
    for (const [start, after] of cursors.entries()) {
      for (const [end, before] of [...cursors.slice(1), undefined].entries()) {
        const between = versions.slice(start, Math.max(start, end));
        for (const size of [0, 1, 3, 4, 5]) {
          const forward = await caller.history(id, {
            first: size,
            after: after ?? null,
            before: before ?? null,
          });
          expect(forward.edges.map(({ node }) => node)).toEqual(between.slice(0, size));
          expect(forward.pageInfo).toMatchObject({
            hasPreviousPage: after !== undefined,
            hasNextPage: between.length > size || before !== undefined,
          });
          const backward = await caller.history(id, {
            last: size,
            after: after ?? null,
            before: before ?? null,
          });
          expect(backward.edges.map(({ node }) => node)).toEqual(
            between.slice(Math.max(0, between.length - size)),
          );
          expect(backward.pageInfo).toMatchObject({
            hasPreviousPage: between.length > size || after !== undefined,
            hasNextPage: before !== undefined,
          });
        }
      }
    }
  });

  test('neither repeats nor hides a version when the group changes between two pages', async () => {
    const { caller, states } = await setUp(3);
    const id = String(states[0]?.id);
    const { pageInfo } = await caller.history(id, { first: 1 });
    await caller.update({ id, rank: 100 });
    const { edges } = await caller.history(id, { after: pageInfo.endCursor });
    expect(edges.map(({ node }) => node)).toEqual(states.slice(1).map(toVersion));
  });

  test.each([
    [{ first: 1001 }, '"first" is 1001, but must be from 0 to 1000.'],
    [{ last: -1 }, '"last" is -1, but must be from 0 to 1000.'],
    [{ first: 1, last: 1 }, 'Give "first" or "last", not both.'],
    [{ after: 'x' }, '"after" is no cursor of this group’s history: take one from a page of it.'],
  ])('refuses %j', async (window, message) => {
    const { caller, states } = await setUp();
    await expect(caller.history(String(states[0]?.id), window)).rejects.toThrow(
      JSON.stringify(message).slice(1, -1),
    );
  });

  test('takes no cursor of another group, of another org’s with the same id, or of a list', async () => {
    const { caller, states } = await setUp();
    const [group] = states as [BadgeGroup];
    const other = await caller.create({ name: 'Silver', rank: 1 });
    const stranger = await held.service.addCaller();
    await sql`
      insert into badge_group select ${stranger.orgId}, id, name, rank, is_active, created_by, created_at, updated_by, updated_at
      from badge_group where org_id = ${caller.orgId} and id = ${group.id}`.execute(held.service.db);
    const cursors = [
      (await caller.history(other.id)).pageInfo.endCursor,
      (await stranger.history(group.id)).pageInfo.endCursor,
      (await caller.page()).pageInfo.endCursor,
      Buffer.from('NaN:').toString('base64url'),
    ];
    for (const before of cursors) {
      await expect(caller.history(group.id, { before })).rejects.toThrow('BAD_USER_INPUT');
    }
    expect((await stranger.history(group.id)).totalCount).toBe(1);
  });

  test('is read for a whole list in one statement, and counted in another', async () => {
    const { caller, states } = await setUp(3);
    const [group] = states as [BadgeGroup];
    for (let rank = 0; rank < 30; rank += 1) await caller.create({ name: `Group ${rank}`, rank });
    const { db, queries } = recordQueries(held.service.db);
    const reader = held.service.with({ db }).adopt(caller);
    await reader.execute('{ __typename }');
    const query = '{ badgeGroups { id history(first: 2) { totalCount edges { node { rank changedOn } } } } }';
    // By Yoga, and then by the door.
    for (const _way of [1, 2]) {
      queries.length = 0;
      const { data } = await reader.execute<{ badgeGroups: { id: string }[] }, object>(query);
      const tables = queries.map(({ sql }) => /badge_group\w*/.exec(sql)?.[0]);
      expect(tables.slice(0, 3)).toEqual(['badge_group', 'badge_group_version', 'badge_group_version']);
      // Where the door is judged, the judge asks for both once more.
      expect(tables.length).toBeLessThanOrEqual(5);
      expect(data?.badgeGroups).toHaveLength(31);
      expect(data?.badgeGroups.find(({ id }) => id === group.id)).toEqual({
        id: group.id,
        history: {
          totalCount: 3,
          edges: states.slice(0, 2).map((state) => ({
            node: { rank: state.rank, changedOn: state.lastUpdatedOn },
          })),
        },
      });
    }
  });

  test('is told with the outcome of a mutation, and of an entity', async () => {
    const { caller, states } = await setUp(2);
    const [group] = states as [BadgeGroup];
    const history = 'history { totalCount edges { node { rank } } }';
    const update = await caller.execute(
      `mutation { updateBadgeGroup(input: { id: "${group.id}", rank: 5 }) { ... on BadgeGroup { ${history} } } }`,
    );
    const expected = { totalCount: 3, edges: [5, 1, 0].map((rank) => ({ node: { rank } })) };
    expect(update.data).toEqual({ updateBadgeGroup: { history: expected } });
    const entity = await caller.execute(
      `{ _entities(representations: [{ __typename: "BadgeGroup", id: "${group.id}" }]) { ... on BadgeGroup { ${history} } } }`,
    );
    expect(entity.data).toEqual({ _entities: [{ history: expected }] });
  });

  test.each([
    ['a negative length', 'first: -1', '"first" is -1, but must be from 0 to 1000.'],
    ['a length in a variable', 'last: $size', '"last" is 1001, but must be from 0 to 1000.'],
    ['two lengths', 'first: 1, last: 1', 'Give "first" or "last", not both.'],
    [
      'a cursor that is none',
      'after: "x"',
      '"after" is no cursor of this group’s history: take one from a page of it.',
    ],
  ])('with %s is refused before the mutation above it is made', async (_title, page, message) => {
    const caller = await held.service.addCaller();
    const made = `... on BadgeGroup { history(${page}) { totalCount } }`;
    const create = `createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename ${made} }`;
    const variables = page.includes('$') ? '($size: Int!)' : '';
    const { data, errors } = await caller.execute(`mutation ${variables} { ${create} }`, { size: 1001 });
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([
      { message, locations: [expect.anything()], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(await caller.list()).toEqual([]);
  });

  describe('that an older release has written to', () => {
    /** As one writes that keeps no histories: the group alone. */
    async function overwrite({ id }: BadgeGroup, rank: number): Promise<void> {
      await sql`
        update badge_group set rank = ${rank}, updated_at = greatest(now(), updated_at + interval '1 microsecond')
        where id = ${id}`.execute(held.service.db);
    }

    test('is the group itself where that has created it', async () => {
      const caller = await held.service.addCaller();
      await held.service.fill(caller.orgId, 2);
      const [group] = (await caller.list()) as [BadgeGroup];
      const { edges, totalCount } = await caller.history(group.id);
      expect([totalCount, edges.map(({ node }) => node)]).toEqual([1, [toVersion(group)]]);
      const updated = await caller.update({ id: group.id, rank: 77 });
      expect((await caller.history(group.id)).edges.map(({ node }) => node)).toEqual(
        [updated, group].map(toVersion),
      );
    });

    test('is what that has left, and has it still when this one changes it', async () => {
      const { caller, states } = await setUp(2);
      const [newest, created] = states as [BadgeGroup, BadgeGroup];
      await overwrite(newest, 50);
      const found = (await caller.find(newest.id)) as BadgeGroup;
      const changed = await caller.update({ id: newest.id, rank: 51 });
      expect((await caller.history(newest.id)).edges.map(({ node }) => node)).toEqual(
        [changed, found, created].map(toVersion),
      );
    });

    /** As one does that keeps what a group becomes. */
    async function keepPresent({ id }: BadgeGroup): Promise<void> {
      await sql`
        insert into badge_group_version (org_id, id, changed_at, changed_by, name, rank, is_active)
        select org_id, id, updated_at, updated_by, name, rank, is_active
        from badge_group where id = ${id}`.execute(held.service.db);
    }

    test('has no state twice where the release has kept what it made of the group', async () => {
      const { caller, states } = await setUp(2);
      const [newest] = states as [BadgeGroup];
      await keepPresent(newest);
      expect((await caller.history(newest.id)).totalCount).toBe(2);
      states.unshift(await caller.update({ id: newest.id, rank: 51 }));
      const { edges, totalCount } = await caller.history(newest.id);
      expect([totalCount, edges.map(({ node }) => node)]).toEqual([3, states.map(toVersion)]);
    });
  });
});
