import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { FindBadgeGroupsById } from '../../support/graphql.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { useService } from '../../support/service.ts';

const unknownId = '69708faa0772ad476ecf8511';

describe.each(databaseKinds)('badgeGroupsById on %s', (kind) => {
  const held = useService(kind);

  test('gives the groups in the order asked, each as often as asked, exactly as their creates did', async () => {
    const caller = await held.service.addCaller();
    const a = await caller.create({ name: 'a', rank: 1 });
    const b = await caller.create({ name: '\ufeff😀', rank: 2 });
    expect(await caller.findByIds([b, a, b, b, a].map(({ id }) => id))).toEqual([b, a, b, b, a]);
    expect(await caller.findByIds([])).toEqual([]);
  });

  test('gives null where no group is, and leaves its neighbours alone', async () => {
    const caller = await held.service.addCaller();
    const stranger = await held.service.addCaller();
    const mine = await caller.create({ name: 'Gold', rank: 1 });
    const theirs = await stranger.create({ name: 'Gold', rank: 1 });
    const ids = [unknownId, '', 'x', '\0', '\ud800', mine.id.toUpperCase(), ` ${mine.id}`, theirs.id];
    expect(await caller.findByIds([...ids, mine.id])).toEqual([...ids.map(() => null), mine]);
  });

  test('gives inactive groups, and to who may only read', async () => {
    const caller = await held.service.addCaller();
    const reader = await held.service.addCaller({ orgId: caller.orgId, access: 'read' });
    const { id } = await caller.create({ name: 'Gold', rank: 1 });
    const group = await caller.update({ id, isActive: false });
    expect(await reader.findByIds([id])).toEqual([group]);
    expect(await reader.findByName('Gold')).toEqual(group);
  });

  test('finds a thousand by one statement, and takes no more', async () => {
    const { db, queries } = recordQueries(held.service.db);
    const caller = held.service.with({ db }).adopt(await held.service.addCaller());
    await held.service.fill(caller.orgId, 1_000);
    const ids = (await caller.list()).map(({ id }) => id);
    queries.length = 0;
    expect(await caller.findByIds(ids)).toMatchObject(ids.map((id) => ({ id })));
    expect(queries).toHaveLength(1);
    const { data, errors } = await caller.execute(FindBadgeGroupsById, { ids: [...ids, unknownId] });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: '"ids" has 1001 ids, but at most 1000 are allowed.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
    expect(queries).toHaveLength(1);
  });
});

describe.each(databaseKinds)('badgeGroupByName on %s', (kind) => {
  const held = useService(kind);

  test('finds exactly the name, as uniqueness is', async () => {
    const caller = await held.service.addCaller();
    const names = [
      'Gold',
      'gold',
      ' Gold',
      '\ufeffGold',
      'Caf\u00e9',
      'Cafe\u0301',
      '%',
      '\ufffd',
      '😀'.repeat(255),
    ];
    for (const name of names) {
      const group = await caller.create({ name, rank: 1 });
      expect(await caller.findByName(name)).toEqual(group);
    }
    for (const name of ['GOLD', 'Gold ', 'Gol', 'G%', '_', 'CAFÉ']) {
      expect(await caller.findByName(name)).toBeNull();
    }
  });

  test('goes by the name of now, and sees its own org alone', async () => {
    const [caller, stranger] = [await held.service.addCaller(), await held.service.addCaller()];
    const { id } = await caller.create({ name: 'Gold', rank: 1 });
    const group = await caller.update({ id, name: 'Golden' });
    expect(await caller.findByName('Gold')).toBeNull();
    expect(await caller.findByName('Golden')).toEqual(group);
    expect(await stranger.findByName('Golden')).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['a NUL', 'a\0b'],
    ['a control character', 'a\u0007'],
    ['half a surrogate pair', '\ud800'],
    ['256 characters', 'x'.repeat(256)],
    ['more than a name could ever be', 'x'.repeat(90_000)],
  ])('answers null to a name that no group can have: %s', async (_title, name) => {
    const caller = await held.service.addCaller();
    // As which half a pair would arrive at the database.
    await caller.create({ name: '\ufffd', rank: 1 });
    expect(await caller.findByName(name)).toBeNull();
  });
});
