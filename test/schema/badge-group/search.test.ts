import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { toNamePattern } from '../../../src/badge-group/name-part.ts';
import { databaseKinds } from '../../support/databases.ts';
import { PageBadgeGroups } from '../../support/graphql.ts';
import { recordQueries } from '../../support/recorded-queries.ts';
import { type TestCaller, useService } from '../../support/service.ts';

const punctuation = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ '];

const names = [
  'Gold',
  'GOLD',
  'Marigold',
  'Silver',
  'Café',
  'CAFÉ',
  'Cafe\u0301',
  'Straße',
  'STRAẞE',
  'STRASSE',
  'İstanbul',
  'ISTANBUL',
  'ıstanbul',
  'Οδός',
  'ΟΔΌΣ',
  'ОЛЕГ',
  'Олег',
  'Ꭰꭰ',
  '𐐀𐐨',
  'Ǆ ǅ ǆ',
  'ﬁn',
  'FIN',
  '300 K',
  '👩‍🚀 Ⓐ',
  '😀😀',
  '\ufeffBOM',
  '\ufffd',
  'x'.repeat(255),
  '😀'.repeat(255),
  ...punctuation.map((sign) => `a${sign}b`),
  ...punctuation.map((sign) => `A${sign}${sign}`),
];

describe.each(databaseKinds)('nameContains on %s', (kind) => {
  const held = useService(kind);
  let caller: TestCaller;
  beforeAll(async () => {
    caller = await held.service.addCaller();
    for (const [index, name] of names.entries()) await caller.create({ name, rank: -index });
  });

  const search = async (nameContains: string | null) =>
    (await caller.list({ nameContains })).map(({ name }) => name);

  test.each([
    ['gold', ['Gold', 'GOLD', 'Marigold']],
    ['GOLD', ['Gold', 'GOLD', 'Marigold']],
    ['igo', ['Marigold']],
    ['café', ['Café', 'CAFÉ']],
    ['É', ['Café', 'CAFÉ']],
    ['cafe', ['Cafe\u0301']],
    ['E\u0301', ['Cafe\u0301']],
    ['straß', ['Straße', 'STRAẞE']],
    ['ẞ', ['Straße', 'STRAẞE']],
    ['strass', ['STRASSE']],
    ['istan', ['İstanbul', 'ISTANBUL', 'ıstanbul']],
    ['ISTAN', ['İstanbul', 'ISTANBUL', 'ıstanbul']],
    ['İSTAN', ['İstanbul', 'ISTANBUL', 'ıstanbul']],
    ['ός', ['Οδός', 'ΟΔΌΣ']],
    ['ΌΣ', ['Οδός', 'ΟΔΌΣ']],
    ['όσ', ['Οδός', 'ΟΔΌΣ']],
    ['олег', ['ОЛЕГ', 'Олег']],
    ['ꭰᎠ', ['Ꭰꭰ']],
    ['𐐨𐐀', ['𐐀𐐨']],
    ['0 k', ['300 K']],
    ['ⓐ', ['👩‍🚀 Ⓐ']],
    ['🚀', ['👩‍🚀 Ⓐ']],
    ['😀😀😀', ['😀'.repeat(255)]],
    ['\ufeffbom', ['\ufeffBOM']],
    ['X'.repeat(255), ['x'.repeat(255)]],
  ])('%j finds %j', async (part, found) => {
    expect(await search(part)).toEqual(found);
  });

  test.each(punctuation)('takes %j literally', async (sign) => {
    expect(await search(`A${sign}B`)).toEqual([`a${sign}b`]);
    expect(await search(`${sign}${sign}`)).toEqual([`A${sign}${sign}`]);
  });

  test('finds what a regular expression of JavaScript finds, but for the Turkish i', async () => {
    const letters = fc.constantFrom(...new Set(names.join('')));
    const parts = fc.oneof(
      fc.string({ unit: letters, minLength: 1, maxLength: 3 }),
      fc
        .record({ name: fc.constantFrom(...names), start: fc.nat(4), length: fc.integer({ min: 1, max: 4 }) })
        .map(
          ({ name, start, length }) =>
            [...name]
              .slice(start, start + length)
              .join('')
              .toUpperCase() || name,
        ),
    );
    const withoutTurkish = (text: string) => text.replaceAll(/[İı]/g, 'i');
    await fc.assert(
      fc.asyncProperty(parts, async (part) => {
        const expression = new RegExp(RegExp.escape(withoutTurkish(part)), 'iu');
        expect(await search(part)).toEqual(names.filter((name) => expression.test(withoutTurkish(name))));
      }),
      { numRuns: 60 },
    );
  });

  test('counts as absent when it is null or empty', async () => {
    expect(await search(null)).toEqual(names);
    expect(await search('')).toEqual(names);
    const { totalCount, pageInfo } = await caller.page({ nameContains: '', first: 1 });
    expect(totalCount).toBe(names.length);
    expect(await caller.page({ first: 1, after: pageInfo.endCursor })).toMatchObject({
      edges: [{ node: { name: names[1] } }],
    });
  });

  test.each([
    ['a NUL', '\0'],
    ['a control character', 'o\u0007'],
    ['half a surrogate pair', '\ud800'],
    ['256 characters', 'x'.repeat(256)],
    ['more than a name could ever be', 'x'.repeat(90_000)],
  ])('finds nothing with %s, which no name has, and does not ask', async (_title, nameContains) => {
    const { db, queries } = recordQueries(held.service.db);
    const asked = held.service.with({ db }).adopt(caller);
    await asked.list({ first: 0 });
    queries.length = 0;
    expect(await asked.list({ nameContains })).toEqual([]);
    expect(await asked.page({ nameContains })).toEqual({
      edges: [],
      totalCount: 0,
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
    expect(queries).toEqual([]);
  });

  test('goes together with isActive, first and order', async () => {
    const other = await held.service.addCaller();
    const groups = [];
    for (const [index, name] of ['Gold 1', 'gold 2', 'Silver', 'GOLD 3'].entries()) {
      groups.push(await other.create({ name, rank: index }));
    }
    await other.update({ id: String(groups[1]?.id), isActive: false });
    const find = async (variables: object) =>
      (await other.list({ nameContains: 'gold', ...variables })).map(({ name }) => name);
    expect(await find({})).toEqual(['GOLD 3', 'gold 2', 'Gold 1']);
    expect(await find({ order: 'ASC', first: 2 })).toEqual(['Gold 1', 'gold 2']);
    expect(await find({ isActive: true })).toEqual(['GOLD 3', 'Gold 1']);
    expect(await find({ isActive: false })).toEqual(['gold 2']);
  });

  test('pages through what it finds, and counts that alone', async () => {
    const first = await caller.page({ nameContains: 'gold', first: 2 });
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const after = first.pageInfo.endCursor;
    const rest = await caller.page({ nameContains: 'gold', first: 2, after });
    expect(rest.edges.map(({ node }) => node.name)).toEqual(['Marigold']);
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('has cursors of its own: with another part of the name they are refused', async () => {
    const { endCursor } = (await caller.page({ nameContains: 'gold', first: 2 })).pageInfo;
    const { endCursor: ofAll } = (await caller.page({ first: 2 })).pageInfo;
    const page = (variables: object) => caller.execute(PageBadgeGroups, variables);
    for (const place of ['after', 'before']) {
      for (const [nameContains, cursor] of [
        ['silver', endCursor],
        ['', endCursor],
        [null, endCursor],
        ['gold', ofAll],
      ]) {
        expect((await page({ nameContains, [place]: cursor })).errors).toMatchObject([
          {
            message: expect.stringContaining(`"${place}" is no cursor`),
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ]);
      }
      expect((await page({ nameContains: 'gold', [place]: endCursor })).errors).toBeUndefined();
    }
  });
});

test('every letter is known by all its forms, as JavaScript has them', () => {
  const letters = Array.from({ length: 0x11_0000 }, (_, code) => code)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code))
    .filter((letter) => /\p{Changes_When_Casemapped}/u.test(letter) && !/[iıIİ]/.test(letter));
  expect(letters.length).toBeGreaterThan(2_000);
  const all = letters.join('');
  const wrong = letters.filter((letter) => {
    const forms = all.match(new RegExp(letter, 'giu'))?.join('');
    return toNamePattern(letter).exact !== `[${forms}]`;
  });
  expect(wrong).toEqual([]);
});
