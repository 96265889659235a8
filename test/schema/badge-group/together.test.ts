import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { type BadgeGroup, type TestCaller, toVersion, useService } from '../../support/service.ts';

/** Every state of every group that anybody was told of, by the group and the instant of its change. */
type Model = Map<string, Map<number, BadgeGroup>>;

type Step = (caller: TestCaller, known: readonly BadgeGroup[]) => Promise<readonly BadgeGroup[]>;

const rank = fc.integer({ min: -2, max: 3 });
const pick = fc.nat();
const choose = (known: readonly BadgeGroup[], index: number) => known[index % Math.max(known.length, 1)];
const when = (group: BadgeGroup, isGiven: boolean) =>
  isGiven ? { ifLastUpdatedOn: group.lastUpdatedOn } : {};

const create = fc.record({ name: fc.constantFrom(...'abcdef'), rank }).map(
  (draft): Step =>
    async (caller) => {
      const outcome = await caller.tryCreate(draft);
      if (outcome.__typename !== 'BadgeGroup') return [];
      expect(outcome).toMatchObject({ ...draft, isActive: true, createdBy: caller.userId });
      return [outcome];
    },
);

const changes = fc.record(
  { name: fc.constantFrom(...'abcdef'), rank, isActive: fc.boolean() },
  { requiredKeys: [] },
);
const update = fc.record({ pick, changes, isCareful: fc.boolean() }).map(
  ({ pick, changes, isCareful }): Step =>
    async (caller, known) => {
      const group = choose(known, pick);
      if (group === undefined) return [];
      const outcome = await caller.tryUpdate({ id: group.id, ...changes, ...when(group, isCareful) });
      if (outcome.__typename !== 'BadgeGroup') return [];
      expect(outcome).toMatchObject(changes);
      return [outcome];
    },
);

const reorder = fc
  .array(fc.record({ pick, rank, isCareful: fc.boolean() }), { minLength: 1, maxLength: 6 })
  .map(
    (entries): Step =>
      async (caller, known) => {
        const ranks = new Map<string, { id: string; rank: number }>();
        for (const { pick, rank, isCareful } of entries) {
          const group = choose(known, pick);
          if (group) ranks.set(group.id, { id: group.id, rank, ...when(group, isCareful) });
        }
        if (ranks.size === 0) return [];
        const outcome = await caller.tryReorder([...ranks.values()]);
        if (outcome.__typename !== 'BadgeGroupsReordered') return [];
        expect(outcome.badgeGroups).toMatchObject([...ranks.values()].map(({ id, rank }) => ({ id, rank })));
        return outcome.badgeGroups;
      },
  );

const read = fc.record({ pick }).map(
  ({ pick }): Step =>
    async (caller, known) => {
      const group = choose(known, pick);
      return [...(await caller.list()), ...(group ? [(await caller.find(group.id)) as BadgeGroup] : [])];
    },
);

const batch = fc.array(fc.oneof(create, update, reorder, read), { minLength: 1, maxLength: 6 });

describe.each(databaseKinds)(
  'Creates, updates, reorders and reads of several callers at once on %s',
  (kind) => {
    const held = useService(kind);

    test('leave histories that have what everybody was told, and nothing else, and the list of the newest', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
          const { orgId } = await held.service.addCaller();
          const callers = await Promise.all([1, 2, 3].map(() => held.service.addCaller({ orgId })));
          const model: Model = new Map();
          for (const steps of batches) {
            const known = findNewest(model);
            const told = await Promise.all(
              steps.map((step, index) => step(callers[index % callers.length] as TestCaller, known)),
            );
            for (const group of told.flat()) remember(model, group);
            await expectToAgree(model, callers[0] as TestCaller);
          }
        }),
        { numRuns: 15 },
      );
    });
  },
);

function remember(model: Model, { id, lastUpdatedOn, ...state }: BadgeGroup): void {
  const { __typename, ...rest } = state as typeof state & { __typename?: string };
  const group = { id, lastUpdatedOn, ...rest };
  const states = model.get(id) ?? new Map<number, BadgeGroup>();
  model.set(id, states);
  expect(states.get(lastUpdatedOn) ?? group).toEqual(group);
  states.set(lastUpdatedOn, group);
}

function listStates(states: ReadonlyMap<number, BadgeGroup>): BadgeGroup[] {
  return [...states.values()].toSorted((a, b) => b.lastUpdatedOn - a.lastUpdatedOn);
}

/** In the order of the list. */
function findNewest(model: Model): BadgeGroup[] {
  return [...model.values()]
    .map((states) => listStates(states)[0] as BadgeGroup)
    .toSorted((a, b) => b.rank - a.rank || (a.id < b.id ? -1 : 1));
}

async function expectToAgree(model: Model, caller: TestCaller): Promise<void> {
  expect(await caller.list()).toEqual(findNewest(model));
  for (const [id, states] of model) {
    const { edges, totalCount } = await caller.history(id, { first: 1_000 });
    const versions = edges.map(({ node }) => node);
    expect(versions).toEqual(listStates(states).map(toVersion));
    expect(totalCount).toBe(versions.length);
    for (const [index, { changedBy, changedOn, changedOnISO, ...state }] of versions.entries()) {
      expect(versions[index + 1] ?? {}).not.toMatchObject(state);
    }
  }
}
