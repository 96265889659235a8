import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { useService } from '../../support/service.ts';

const unknownId = '0'.repeat(24);

describe.each(databaseKinds)('updateBadgeGroup on %s', (kind) => {
  const held = useService(kind);

  /** A caller with a group, and a colleague of the same org. */
  async function setUp() {
    const caller = await held.service.addCaller();
    const colleague = await held.service.addCaller({ orgId: caller.orgId });
    return { caller, colleague, group: await caller.create({ name: 'Gold', rank: 5 }) };
  }

  test.each([
    ['the name', { name: 'Platinum' }],
    ['the rank', { rank: -7 }],
    ['the rank to 0', { rank: 0 }],
    ['isActive', { isActive: false }],
    ['everything', { name: 'Platinum', rank: 6, isActive: false }],
    ['only the case of the name', { name: 'GOLD' }],
  ])('changes %s and says who did it when', async (_title, changes) => {
    const { caller, colleague, group } = await setUp();
    const updated = await colleague.update({ id: group.id, ...changes });
    expect(updated).toEqual({
      ...group,
      ...changes,
      lastUpdatedBy: colleague.userId,
      lastUpdatedOn: expect.any(Number),
      lastUpdatedOnISO: expect.any(String),
    });
    expect(updated.lastUpdatedOn).toBeGreaterThan(group.lastUpdatedOn);
    expect(await caller.find(group.id)).toEqual(updated);
    expect(await caller.list()).toEqual([updated]);
  });

  test.each([
    ['no field is given', {}],
    ['the fields hold what the group has', { name: 'Gold', rank: 5, isActive: true }],
    ['isActive and ifLastUpdatedOn are null', { isActive: null, ifLastUpdatedOn: null }],
  ])('writes nothing when %s', async (_title, changes) => {
    const { colleague, group } = await setUp();
    expect(await colleague.update({ id: group.id, ...changes })).toEqual(group);
  });

  test('moves lastUpdatedOn forward with every change, even within one tick of the clock', async () => {
    const { caller, group } = await setUp();
    await held.service.db
      .updateTable('badge_group')
      .set(({ fn }) => ({ updated_at: fn('now', []), created_at: fn('now', []) }))
      .where('id', '=', group.id)
      .execute();
    let { lastUpdatedOn } = group;
    for (let rank = 100; rank < 120; rank += 1) {
      const updated = await caller.update({ id: group.id, rank });
      expect(updated.lastUpdatedOn).toBeGreaterThan(lastUpdatedOn);
      lastUpdatedOn = updated.lastUpdatedOn;
    }
  });

  test.each([
    ['735 for a null name', { name: null }, 735, ['input', 'name']],
    ['735 for a blank name', { name: ' ' }, 735, ['input', 'name']],
    ['400 for a control character', { name: 'a\0' }, 400, ['input', 'name']],
    ['400 for 256 characters', { name: 'x'.repeat(256) }, 400, ['input', 'name']],
    ['732 for a null rank', { rank: null }, 732, ['input', 'rank']],
    ['735 before 732', { name: null, rank: null }, 735, ['input', 'name']],
    ['400 before 732', { name: 'a\0', rank: null }, 400, ['input', 'name']],
  ])('answers %s and changes nothing', async (_title, changes, code, path) => {
    const { caller, group } = await setUp();
    expect(await caller.tryUpdate({ id: group.id, isActive: false, ...changes })).toMatchObject({
      code,
      path,
    });
    expect(await caller.find(group.id)).toEqual(group);
  });

  test.each([
    unknownId,
    '',
    'x',
    unknownId.slice(1),
    `${unknownId}0`,
    'F'.repeat(24),
    '\0',
    "' or true --",
    '😀',
  ])('answers 404 for the id %j, which names no group', async (id) => {
    const { caller } = await setUp();
    expect(await caller.tryUpdate({ id, rank: 1 })).toEqual({
      __typename: 'BadgeGroupNotFoundError',
      code: 404,
      message: expect.any(String),
      path: ['input', 'id'],
    });
  });

  test('answers 404 for a group of another org, and leaves it alone', async () => {
    const { caller, group } = await setUp();
    const stranger = await held.service.addCaller();
    const foreign = await stranger.tryUpdate({ id: group.id, rank: 1 });
    expect(foreign).toEqual(await stranger.tryUpdate({ id: unknownId, rank: 1 }));
    expect(foreign).toMatchObject({ code: 404 });
    expect(await caller.find(group.id)).toEqual(group);
  });

  test('leaves a group of another org alone that has the same id', async () => {
    const { caller, group } = await setUp();
    const stranger = await held.service.addCaller();
    const { id, name, rank } = group;
    await held.service.db
      .insertInto('badge_group')
      .values({ org_id: stranger.orgId, id, name, rank, created_by: 1, updated_by: 1 })
      .execute();
    const before = await stranger.find(id);
    expect(await caller.update({ id, rank: 6 })).toMatchObject({ orgId: caller.orgId, rank: 6 });
    expect(await stranger.find(id)).toEqual(before);
  });

  test('answers 403 without WRITE access, before anything else', async () => {
    const { caller, group } = await setUp();
    const reader = await held.service.addCaller({ orgId: caller.orgId, access: 'read' });
    for (const input of [{ id: group.id, rank: 1 }, { id: '' }, { id: group.id, name: null }]) {
      expect(await reader.tryUpdate(input)).toMatchObject({ code: 403, path: [] });
    }
    expect(await caller.find(group.id)).toEqual(group);
  });

  test('makes the change when ifLastUpdatedOn is the group’s, to the microsecond', async () => {
    const { caller, group } = await setUp();
    const updated = await caller.update({ id: group.id, rank: 1, ifLastUpdatedOn: group.lastUpdatedOn });
    expect(updated.rank).toBe(1);
    const again = await caller.update({ id: group.id, rank: 2, ifLastUpdatedOn: updated.lastUpdatedOn });
    expect(again.rank).toBe(2);
  });

  test('answers 409 with the current group when ifLastUpdatedOn is off by a microsecond', async () => {
    const { caller, group } = await setUp();
    for (const microseconds of [-1, 1]) {
      const ifLastUpdatedOn = Math.round(group.lastUpdatedOn * 1e6 + microseconds) / 1e6;
      expect(await caller.tryUpdate({ id: group.id, rank: 1, ifLastUpdatedOn })).toEqual({
        __typename: 'BadgeGroupChangedError',
        code: 409,
        message: expect.stringContaining(String(group.lastUpdatedOn)),
        path: ['input', 'ifLastUpdatedOn'],
        currentGroup: group,
      });
    }
    expect(await caller.find(group.id)).toEqual(group);
  });

  test('answers 409 for an old ifLastUpdatedOn even when the change would change nothing', async () => {
    const { caller, group } = await setUp();
    const current = await caller.update({ id: group.id, rank: 6 });
    const outcome = await caller.tryUpdate({ id: group.id, rank: 6, ifLastUpdatedOn: group.lastUpdatedOn });
    expect(outcome).toMatchObject({ code: 409, currentGroup: current });
  });

  test('answers 733 with the group that has the name, and 409 before it', async () => {
    const { caller, group } = await setUp();
    const silver = await caller.create({ name: 'Silver', rank: 4 });
    expect(await caller.tryUpdate({ id: group.id, name: 'Silver' })).toEqual({
      __typename: 'BadgeGroupNameNotUniqueError',
      code: 733,
      message: 'Group Name should be Unique.',
      path: ['input', 'name'],
      existingGroup: silver,
    });
    expect(await caller.tryUpdate({ id: group.id, name: 'Silver', ifLastUpdatedOn: 1 })).toMatchObject({
      code: 409,
    });
    expect(await caller.tryUpdate({ id: unknownId, name: 'Silver' })).toMatchObject({ code: 404 });
    expect(await caller.find(group.id)).toEqual(group);
  });

  test('frees the old name of a renamed group', async () => {
    const { caller, group } = await setUp();
    await caller.update({ id: group.id, name: 'Platinum' });
    expect((await caller.create({ name: 'Gold', rank: 1 })).id).not.toBe(group.id);
  });

  test('lets one of thirty updates with one precondition win, and tells the others what is there now', async () => {
    const { caller, group } = await setUp();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, rank) =>
        caller.tryUpdate({ id: group.id, rank: 100 + rank, ifLastUpdatedOn: group.lastUpdatedOn }),
      ),
    );
    const current = await caller.find(group.id);
    const winners = outcomes.filter(({ __typename }) => __typename === 'BadgeGroup');
    expect(winners).toEqual([{ __typename: 'BadgeGroup', ...current }]);
    const losers = outcomes.filter(({ __typename }) => __typename !== 'BadgeGroup');
    expect(losers).toEqual(losers.map(() => expect.objectContaining({ code: 409, currentGroup: current })));
    expect(losers).toHaveLength(29);
  });

  test('loses none of thirty updates without a precondition', async () => {
    const { caller, group } = await setUp();
    const updates = await Promise.all(
      Array.from({ length: 30 }, (_, rank) => caller.update({ id: group.id, rank: 100 + rank })),
    );
    const times = new Set(updates.map(({ lastUpdatedOn }) => lastUpdatedOn));
    expect(times.size).toBe(30);
    expect((await caller.find(group.id))?.lastUpdatedOn).toBe(Math.max(...times));
  });

  test('answers every one of many groups that take each other’s names at once', async () => {
    const caller = await held.service.addCaller();
    const groups = [];
    for (let index = 0; index < 4; index += 1)
      groups.push(await caller.create({ name: `${index}`, rank: 1 }));
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.all(
        groups.map(({ id }, index) => caller.tryUpdate({ id, name: `${((index + round) % 4) ^ 1}` })),
      );
      for (const outcome of outcomes) {
        if (outcome.__typename !== 'BadgeGroup') expect(outcome).toMatchObject({ code: 733 });
      }
    }
    expect(new Set((await caller.list()).map(({ name }) => name))).toEqual(new Set(['0', '1', '2', '3']));
  });

  test('finds no group by an id that names none, and its own by its id', async () => {
    const { caller, group } = await setUp();
    const stranger = await held.service.addCaller();
    for (const id of [unknownId, '', '\0', 'G'.repeat(24), '\ud800', 'x'.repeat(10_000)]) {
      expect(await caller.find(id)).toBeNull();
    }
    expect(await stranger.find(group.id)).toBeNull();
    expect(await caller.find(group.id)).toEqual(group);
  });
});
