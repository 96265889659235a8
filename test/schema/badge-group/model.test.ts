import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { type BadgeGroup, type TestCaller, useService } from '../../support/service.ts';

type Order = 'ASC' | 'DESC';

/** A place in the list, remembered from a page; the group may have moved since. */
interface Bookmark {
  readonly cursor: string;
  readonly order: Order;
  readonly nameContains: string | null;
  readonly rank: number;
  readonly id: string;
}

/** What an org is expected to hold, kept by the plainest means. */
interface Model {
  groups: BadgeGroup[];
  bookmarks: Bookmark[];
}

type Step = fc.AsyncCommand<Model, TestCaller>;

const rank = fc.constantFrom(-(2 ** 31), -1, 0, 1, 2, 2, 2, 2 ** 31 - 1);
const name = fc.constantFrom('a', 'A', 'b', 'ä', '😀', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
const order = fc.constantFrom<Order>('ASC', 'DESC');
const isActive = fc.constantFrom(true, false, null);
const nameContains = fc.constantFrom(null, null, 'A', 'Ä');
const pick = fc.nat();
const size = fc.integer({ min: 0, max: 5 });

const create = fc.record({ name, rank }).map((draft) =>
  step(`create ${JSON.stringify(draft)}`, async (model, caller) => {
    const outcome = await caller.tryCreate(draft);
    const existing = model.groups.find((group) => group.name === draft.name);
    if (existing) {
      expect(outcome).toMatchObject({ code: 733, existingGroup: existing });
    } else {
      expect(outcome).toMatchObject({ __typename: 'BadgeGroup', ...draft, isActive: true });
      const { __typename, ...group } = outcome as { __typename: string } & BadgeGroup;
      model.groups.push(group);
    }
  }),
);

const changes = fc.record({ name, rank, isActive: fc.boolean() }, { requiredKeys: [] });
const update = fc.record({ pick, changes, stale: fc.boolean() }).map((given) =>
  step(`update ${JSON.stringify(given)}`, async (model, caller) => {
    const group = model.groups[given.pick % Math.max(model.groups.length, 1)];
    if (group === undefined) return;
    const wanted = { ...group, ...given.changes };
    const outcome = await caller.tryUpdate({
      id: group.id,
      ...given.changes,
      ...(given.stale && { ifLastUpdatedOn: group.lastUpdatedOn - 1 }),
    });
    const existing = model.groups.find((other) => other.name === wanted.name && other.id !== group.id);
    if (given.stale) expect(outcome).toMatchObject({ code: 409, currentGroup: group });
    else if (existing) expect(outcome).toMatchObject({ code: 733, existingGroup: existing });
    else if (JSON.stringify(wanted) === JSON.stringify(group))
      expect(outcome).toEqual({ ...group, __typename: 'BadgeGroup' });
    else {
      expect(outcome).toMatchObject({ __typename: 'BadgeGroup', id: group.id, ...given.changes });
      const { __typename, ...updated } = outcome as { __typename: string } & BadgeGroup;
      expect(updated.lastUpdatedOn).toBeGreaterThan(group.lastUpdatedOn);
      model.groups[model.groups.indexOf(group)] = updated;
    }
  }),
);

const list = fc.record({ order, isActive, nameContains, first: size }).map((given) =>
  step(`list ${JSON.stringify(given)}`, async (model, caller) => {
    expect(await caller.list(given)).toEqual(sort(model.groups, given).slice(0, given.first));
  }),
);

const window = fc.oneof(fc.constant({}), fc.record({ first: size }), fc.record({ last: size }));
const bookmark = fc.option(pick, { nil: undefined });
const page = fc
  .record({ order, isActive, nameContains, window, after: bookmark, before: bookmark })
  .map((given) =>
    step(`page ${JSON.stringify(given)}`, async (model, caller) => {
      const bookmarks = model.bookmarks.filter(
        (candidate) => candidate.order === given.order && candidate.nameContains === given.nameContains,
      );
      const after =
        given.after === undefined ? undefined : bookmarks[given.after % Math.max(bookmarks.length, 1)];
      const before =
        given.before === undefined ? undefined : bookmarks[given.before % Math.max(bookmarks.length, 1)];
      const size: { first?: number; last?: number } = given.window;
      const answer = await caller.page({
        order: given.order,
        isActive: given.isActive,
        nameContains: given.nameContains,
        ...size,
        ...(after && { after: after.cursor }),
        ...(before && { before: before.cursor }),
      });

      const all = sort(model.groups, given);
      const isAfter = (group: Place) => !after || compare(group, after, given.order) > 0;
      const isBefore = (group: Place) => !before || compare(group, before, given.order) < 0;
      const between = all.filter((group) => isAfter(group) && isBefore(group));
      const nodes =
        size.last === undefined
          ? between.slice(0, size.first ?? 100)
          : between.slice(between.length - Math.min(size.last, between.length));
      expect(answer.edges.map(({ node }) => node)).toEqual(nodes);
      expect(answer.totalCount).toBe(all.length);

      const start = nodes[0];
      const end = nodes.at(-1);
      const cutAtStart = size.last !== undefined && between.length > nodes.length;
      const cutAtEnd = size.last === undefined && between.length > nodes.length;
      const othersBefore = start ? all.indexOf(start) > 0 : all.some((group) => !isAfter(group));
      const othersAfter = end ? all.indexOf(end) < all.length - 1 : all.some((group) => !isBefore(group));
      expect(answer.pageInfo).toEqual({
        hasPreviousPage: cutAtStart || (after !== undefined && othersBefore),
        hasNextPage: cutAtEnd || (before !== undefined && othersAfter),
        startCursor: answer.edges[0]?.cursor ?? null,
        endCursor: answer.edges.at(-1)?.cursor ?? null,
      });
      for (const { cursor, node } of answer.edges) {
        const { order, nameContains } = given;
        model.bookmarks.push({ cursor, order, nameContains, rank: node.rank, id: node.id });
      }
    }),
  );

describe.each(databaseKinds)('A random run of creates, updates, lists and pages on %s', (kind) => {
  const held = useService(kind);

  test('is answered as a plain list in memory would answer it', async () => {
    const runs = fc.commands([create, create, update, list, page, page], { maxCommands: 40, size: 'max' });
    await fc.assert(
      fc.asyncProperty(runs, async (commands) => {
        const real = await held.service.addCaller();
        await fc.asyncModelRun(() => ({ model: { groups: [], bookmarks: [] }, real }), commands);
      }),
      { numRuns: 40 },
    );
  });
});

function step(title: string, run: (model: Model, caller: TestCaller) => Promise<void>): Step {
  return { check: () => true, run, toString: () => title };
}

type Place = Pick<BadgeGroup, 'rank' | 'id'>;

function compare(a: Place, b: Place, order: Order): number {
  const descending = b.rank - a.rank || (a.id < b.id ? -1 : Number(a.id > b.id));
  return order === 'DESC' ? descending : -descending;
}

interface Selection {
  readonly order: Order;
  readonly isActive: boolean | null;
  readonly nameContains: string | null;
}

function sort(groups: readonly BadgeGroup[], { order, isActive, nameContains }: Selection) {
  const part = (nameContains ?? '').toLowerCase();
  const wanted = groups.filter(
    (group) => (isActive === null || group.isActive === isActive) && group.name.toLowerCase().includes(part),
  );
  return wanted.toSorted((a, b) => compare(a, b, order));
}
