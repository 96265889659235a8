import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { ListBadgeGroups } from '../../support/graphql.ts';
import { type BadgeGroup, useService } from '../../support/service.ts';

describe.each(databaseKinds)('badgeGroups on %s', (kind) => {
  const held = useService(kind);

  test('lists nothing in an org without groups', async () => {
    const caller = await held.service.addCaller();
    expect(await caller.list()).toEqual([]);
  });

  test('gives every group exactly as its create did', async () => {
    const caller = await held.service.addCaller();
    const created = [
      await caller.create({ name: 'a', rank: 2 }),
      await caller.create({ name: 'b', rank: 1 }),
    ];
    expect(await caller.list()).toEqual(created);
  });

  test('orders by rank from high to low, ties by id, whatever the names; ASC is the reverse', async () => {
    const ranks = fc.array(fc.constantFrom(-(2 ** 31), -1, 0, 1, 2, 2 ** 31 - 1), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(ranks, async (given) => {
        const caller = await held.service.addCaller();
        const created: BadgeGroup[] = [];
        for (const [index, rank] of given.entries()) {
          created.push(await caller.create({ name: `${'ÄzaB'[index % 4]}${index}`, rank }));
        }
        const expected = created.toSorted((a, b) => b.rank - a.rank || (a.id < b.id ? -1 : 1));
        expect(await caller.list()).toEqual(expected);
        expect(await caller.list({ order: 'DESC' })).toEqual(expected);
        expect(await caller.list({ order: 'ASC' })).toEqual(expected.toReversed());
      }),
      { numRuns: 20 },
    );
  });

  test('filters by isActive; null and absent are no filter', async () => {
    const caller = await held.service.addCaller();
    const [active, inactive] = [
      await caller.create({ name: 'active', rank: 2 }),
      await caller.create({ name: 'inactive', rank: 1 }),
    ];
    await held.service.db
      .updateTable('badge_group')
      .set({ is_active: false })
      .where('id', '=', inactive.id)
      .execute();
    expect(await caller.list({ isActive: true })).toEqual([active]);
    expect(await caller.list({ isActive: false })).toEqual([{ ...inactive, isActive: false }]);
    expect(await caller.list({ isActive: null })).toHaveLength(2);
    expect(await caller.list()).toHaveLength(2);
  });

  test('gives at most the first so many', async () => {
    const caller = await held.service.addCaller();
    const groups = [];
    for (const rank of [3, 2, 1]) groups.push(await caller.create({ name: `${rank}`, rank }));
    expect(await caller.list({ first: 0 })).toEqual([]);
    expect(await caller.list({ first: 2 })).toEqual(groups.slice(0, 2));
    expect(await caller.list({ first: 1000 })).toEqual(groups);
  });

  test.each([-1, 1001, 2 ** 31 - 1])('refuses first: %i', async (first) => {
    const caller = await held.service.addCaller();
    const { errors } = await caller.execute(ListBadgeGroups, { first });
    expect(errors).toMatchObject([
      { message: `"first" is ${first}, but must be from 0 to 1000.`, extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('never shows one org the groups of another', async () => {
    const [one, other] = [await held.service.addCaller(), await held.service.addCaller()];
    await one.create({ name: 'Gold', rank: 1 });
    expect(await other.list()).toEqual([]);
  });

  test('lists for a caller who may only read', async () => {
    const writer = await held.service.addCaller();
    const reader = await held.service.addCaller({ orgId: writer.orgId, access: 'read' });
    const group = await writer.create({ name: 'Gold', rank: 1 });
    expect(await reader.list()).toEqual([group]);
  });
});
