import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../../support/databases.ts';
import { CreateBadgeGroup } from '../../support/graphql.ts';
import { useService } from '../../support/service.ts';

describe.each(databaseKinds)('createBadgeGroup on %s', (kind) => {
  const held = useService(kind);

  test('answers the upstream example with its eleven fields', async () => {
    const caller = await held.service.addCaller();
    const group = await caller.create({ name: 'skjhfdjfhgiok', rank: 214748364 });
    expect(group).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      orgId: caller.orgId,
      name: 'skjhfdjfhgiok',
      rank: 214748364,
      createdBy: caller.userId,
      createdOn: expect.any(Number),
      createdOnISO: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      lastUpdatedBy: caller.userId,
      lastUpdatedOn: group.createdOn,
      lastUpdatedOnISO: group.createdOnISO,
      isActive: true,
    });
  });

  test('writes one instant into the id, the epoch seconds and the ISO string', async () => {
    const caller = await held.service.addCaller();
    const { id, createdOn, createdOnISO } = await caller.create({ name: 'Beginner', rank: 1 });
    const seconds = Number.parseInt(id.slice(0, 8), 16);
    const microseconds = Number.parseInt(id.slice(8, 13), 16);
    expect(createdOn).toBe(Number(`${seconds}.${String(microseconds).padStart(6, '0')}`));
    expect(Date.parse(createdOnISO)).toBe(seconds * 1_000);
    expect(Math.abs(Date.now() / 1_000 - createdOn)).toBeLessThan(60);
  });

  test('gives ids that sort by age', async () => {
    const caller = await held.service.addCaller();
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      ids.push((await caller.create({ name: `Group ${index}`, rank: 1 })).id);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(ids).toEqual(ids.toSorted());
  });

  test.each([
    ['absent', {}],
    ['null', { name: null }],
    ['empty', { name: '' }],
    ['only blanks', { name: '   ' }],
    ['only line breaks and tabs', { name: '\t\r\n\v\f' }],
    ['only Unicode white space', { name: '\u00a0\u1680\u2003\u2028\u202f\u3000\ufeff\u0085' }],
  ])('answers 735 when the name is %s', async (_title, name) => {
    const caller = await held.service.addCaller();
    expect(await caller.tryCreate({ ...name, rank: 1 })).toEqual({
      __typename: 'BadgeGroupNameMandatoryError',
      code: 735,
      message: 'Group name is mandatory.',
      path: ['input', 'name'],
    });
    expect(await caller.list()).toEqual([]);
  });

  test.each([
    ['absent', {}],
    ['null', { rank: null }],
  ])('answers 732 when the rank is %s', async (_title, rank) => {
    const caller = await held.service.addCaller();
    expect(await caller.tryCreate({ name: 'Expert', ...rank })).toEqual({
      __typename: 'BadgeGroupRankMandatoryError',
      code: 732,
      message: 'Group Rank is Mandatory.',
      path: ['input', 'rank'],
    });
    expect(await caller.list()).toEqual([]);
  });

  test.each([0, -1, 2 ** 31 - 1, -(2 ** 31)])('takes the rank %i', async (rank) => {
    const caller = await held.service.addCaller();
    expect(await caller.create({ name: 'Expert', rank })).toMatchObject({ rank });
  });

  test.each([2 ** 31, -(2 ** 31) - 1, 1.5])(
    'refuses the rank %d, which is no Int, as bad input',
    async (rank) => {
      const caller = await held.service.addCaller();
      const { data, errors } = await caller.execute(CreateBadgeGroup, { input: { name: 'Expert', rank } });
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );

  test.each([
    ['has 256 characters', 'x'.repeat(256), /256 characters; at most 255/],
    ['has 256 characters outside the basic plane', '😀'.repeat(256), /256 characters/],
    ['has a NUL', 'a\0b', /control character \(U\+0000\) at index 1/],
    ['has a line break', 'a\nb', /U\+000A/],
    ['has a DEL', 'a\x7fb', /U\+007F/],
    ['has a C1 control character', 'a\x9fb', /U\+009F/],
    ['has half a surrogate pair', 'a\ud83d', /surrogate/],
    ['has a surrogate pair the wrong way round', '\ude00\ud83d', /surrogate/],
  ])('answers 400 when the name %s', async (_title, name, message) => {
    const caller = await held.service.addCaller();
    expect(await caller.tryCreate({ name, rank: 1 })).toEqual({
      __typename: 'BadgeGroupNameInvalidError',
      code: 400,
      message: expect.stringMatching(message),
      path: ['input', 'name'],
    });
    expect(await caller.list()).toEqual([]);
  });

  test.each([
    ['255 characters', 'x'.repeat(255)],
    ['255 characters outside the basic plane', '😀'.repeat(255)],
    ['blanks at both ends', '  Gold  '],
    ['quotes and backslashes', `'";--\\ $1 \${x}`],
    ['a combining mark', 'Cafe\u0301'],
    ['the same letter composed', 'Café'],
    ['a family of emoji', '👩‍👩‍👧‍👦'],
    ['right-to-left text', 'مبتدئ'],
    ['a zero-width space', '\u200b'],
    ['a byte order mark before text', '\ufeffGold'],
    ['the last code point', '\u{10ffff}'],
  ])('keeps a name with %s as it was given', async (_title, name) => {
    const caller = await held.service.addCaller();
    expect((await caller.create({ name, rank: 1 })).name).toBe(name);
    expect((await caller.list())[0]?.name).toBe(name);
  });

  test('answers every string as the rules for names say, and keeps what it takes', async () => {
    const caller = await held.service.addCaller();
    const strings = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom(' ', '\t', '\u3000', 'a', '\0', '😀', '\ud800'), maxLength: 4 }),
      fc.string({ unit: fc.constantFrom('a', '😀'), minLength: 253, maxLength: 258 }),
    );
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(strings, async (name) => {
        const outcome = await caller.tryCreate({ name, rank: 1 });
        expect(outcome).toMatchObject(expectedOutcome(name, seen));
        if (outcome.__typename === 'BadgeGroup') seen.add(name);
      }),
      { numRuns: 300 },
    );
    const names = await caller.list();
    expect(new Set(names.map(({ name }) => name))).toEqual(seen);
  });

  test('answers 733 with the group that has the name', async () => {
    const caller = await held.service.addCaller();
    const first = await caller.create({ name: 'Gold', rank: 1 });
    expect(await caller.tryCreate({ name: 'Gold', rank: 2 })).toEqual({
      __typename: 'BadgeGroupNameNotUniqueError',
      code: 733,
      message: 'Group Name should be Unique.',
      path: ['input', 'name'],
      existingGroup: first,
    });
    expect(await caller.list()).toEqual([first]);
  });

  test.each([
    ['in case', 'Gold', 'gold'],
    ['in a trailing blank', 'Gold', 'Gold '],
    ['in its normal form', 'Café', 'Cafe\u0301'],
  ])('takes names that differ only %s', async (_title, first, second) => {
    const caller = await held.service.addCaller();
    await caller.create({ name: first, rank: 1 });
    expect((await caller.create({ name: second, rank: 1 })).name).toBe(second);
  });

  test('takes one name in two orgs', async () => {
    const [one, other] = [await held.service.addCaller(), await held.service.addCaller()];
    await one.create({ name: 'Gold', rank: 1 });
    await other.create({ name: 'Gold', rank: 2 });
    expect((await one.list()).map(({ rank }) => rank)).toEqual([1]);
  });

  test('answers 403 without WRITE access, whatever the input', async () => {
    const reader = await held.service.addCaller({ access: 'read' });
    for (const input of [{}, { name: '\0' }, { name: 'Gold', rank: 1 }]) {
      expect(await reader.tryCreate(input)).toEqual({
        __typename: 'BadgeGroupAccessDeniedError',
        code: 403,
        message: expect.stringContaining('WRITE'),
        path: [],
      });
    }
    expect(await reader.list()).toEqual([]);
  });

  test('checks in the order 735, 400, 732, 733', async () => {
    const caller = await held.service.addCaller();
    await caller.create({ name: 'Gold', rank: 1 });
    expect(await caller.tryCreate({})).toMatchObject({ code: 735 });
    expect(await caller.tryCreate({ name: 'a\0' })).toMatchObject({ code: 400 });
    expect(await caller.tryCreate({ name: 'Gold' })).toMatchObject({ code: 732 });
    expect(await caller.tryCreate({ name: 'Gold', rank: 1 })).toMatchObject({ code: 733 });
  });

  test('answers each create of one request by itself', async () => {
    const caller = await held.service.addCaller();
    const { data, errors } = await caller.execute(`mutation {
      a: createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename }
      b: createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename }
      c: createBadgeGroup(input: { rank: 1 }) { __typename }
      d: createBadgeGroup(input: { name: "Silver", rank: 1 }) { __typename }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      a: { __typename: 'BadgeGroup' },
      b: { __typename: 'BadgeGroupNameNotUniqueError' },
      c: { __typename: 'BadgeGroupNameMandatoryError' },
      d: { __typename: 'BadgeGroup' },
    });
  });

  test('lets one of fifty creates of one name at once win, and tells the others of it', async () => {
    const caller = await held.service.addCaller();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, rank) => caller.tryCreate({ name: 'Gold', rank })),
    );
    const [winner, ...others] = outcomes.filter(({ __typename }) => __typename === 'BadgeGroup');
    expect(others).toEqual([]);
    const losers = outcomes.filter((outcome) => outcome !== winner);
    const { __typename, ...existingGroup } = winner ?? { __typename: 'none' };
    expect(losers).toEqual(losers.map(() => expect.objectContaining({ code: 733, existingGroup })));
    expect(await caller.list()).toEqual([existingGroup]);
  });
});

function expectedOutcome(name: string, seen: ReadonlySet<string>): object {
  const characters = [...name];
  if (characters.every((character) => /\s|\u0085/.test(character))) return { code: 735 };
  const isControl = (character: string) => {
    const code = character.codePointAt(0) as number;
    return code < 32 || (code >= 127 && code < 160);
  };
  const isLoneSurrogate = (character: string) => /^[\ud800-\udfff]$/.test(character);
  if (characters.length > 255 || characters.some(isControl) || characters.some(isLoneSurrogate)) {
    return { code: 400 };
  }
  return seen.has(name) ? { code: 733 } : { __typename: 'BadgeGroup', name };
}
