import { beforeEach, describe, expect, test } from 'vitest';
import { BadgeGroup } from '../../../src/badge-group/badge-group.ts';
import { encodeVersionCursor } from '../../../src/badge-group/cursor.ts';
import { type TestCaller, useService } from '../../support/service.ts';
import { post, type Sent, WatchedDoor } from '../../support/watched-door.ts';

describe('What is remembered of an operation', () => {
  const held = useService('the embedded database');
  let door: WatchedDoor;
  let caller: TestCaller;

  beforeEach(async () => {
    door = new WatchedDoor(held.service.db);
    caller = await held.service.addCaller();
  });

  const repeat = (count: number, write: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => write(index)).join(' ');
  const ranks = repeat(40, (index) => `a${index}: rank`);
  const list = `query ($n: Int!) { badgeGroups(first: $n) { ${ranks} } }`;

  async function send(query: string, variables: object): Promise<Sent> {
    return await door.send(
      post(caller, { query, variables }, { accept: 'application/graphql-response+json' }),
    );
  }

  /** Each in turn, twice: by the door, once Yoga has answered those `before`. */
  async function expectAnswers(
    query: string,
    cases: readonly (readonly [variables: object, isAnswered: boolean])[],
    before: typeof cases = cases.slice(0, 1),
  ): Promise<void> {
    for (const [variables] of before)
      expect((await door.ask(post(caller, { query, variables }))).status).toBe(200);
    for (const [variables, isAnswered] of [...cases, ...cases]) {
      const { by, status, code, begun } = await send(query, variables);
      const expected = isAnswered
        ? { by: 'the door', status: 200, code: undefined }
        : { by: 'Yoga', status: 422, code: 'BAD_USER_INPUT' };
      expect([variables, { by, status, code, begun }]).toEqual([
        variables,
        { ...expected, begun: undefined },
      ]);
    }
  }

  test('lets no longer list through after a short one, however many lengths there have been', async () => {
    await expectAnswers(list, [
      [{ n: 1 }, true],
      [{ n: 1_000 }, false],
      [{ n: 2 }, true],
      [{ n: 751 }, false],
    ]);
    for (let n = 3; n < 110; n += 1) expect((await send(list, { n })).by).toBe('the door');
    await expectAnswers(list, [
      [{ n: 109 }, true],
      [{ n: 1_000 }, false],
      [{ n: 110 }, true],
      [{ n: 752 }, false],
    ]);
  });

  test('tells apart which of two variables is the large one', async () => {
    const query = `query ($few: Int!, $many: Int!) {
      few: badgeGroups(first: $few) { id } many: badgeGroups(first: $many) { ${ranks} }
    }`;
    await expectAnswers(query, [
      [{ few: 1_000, many: 1 }, true],
      [{ few: 1, many: 1_000 }, false],
      [{ many: 1, few: 1_000 }, true],
    ]);
  });

  test('lets no cursor through that is none after one that may be', async () => {
    const query = `query ($after: String, $before: String) {
      badgeGroup(id: "x") { history(first: 1, after: $after, before: $before) { totalCount } }
    }`;
    const cursor = encodeVersionCursor(1, new BadgeGroup(1, 'x'));
    await expectAnswers(query, [
      [{ after: cursor }, true],
      [{ after: 'x' }, false],
      [{ before: cursor }, true],
      [{ before: 'x' }, false],
    ]);
  });

  test('tells apart what directives leave out', async () => {
    const query = `query ($yes: Boolean!, $no: Boolean = false) {
      badgeGroups @include(if: $yes) { ${ranks} } other: badgeGroups @skip(if: $no) { id }
    }`;
    const answered = [
      [{ yes: false }, true],
      [{ yes: false, no: true }, true],
    ] as const;
    const cases = [...answered, [{ yes: true }, false], [{ yes: true, no: true }, false]] as const;
    await expectAnswers(query, cases, answered);
  });

  test('is what Yoga has answered: what a variable includes for the first time is asked there', async () => {
    const query = 'query ($yes: Boolean!) { badgeGroups { id name @include(if: $yes) } }';
    const answeredBy = async (yes: boolean) => (await send(query, { yes })).by;
    for (const by of ['Yoga', 'the door', 'the door']) expect(await answeredBy(true)).toBe(by);
    for (const by of ['Yoga', 'the door']) expect(await answeredBy(false)).toBe(by);
    expect(await answeredBy(true)).toBe('the door');
  });

  test('tells apart how many references there are', async () => {
    const query = `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on BadgeGroup { ${ranks} } } }`;
    const refs = (count: number) => ({
      refs: Array.from({ length: count }, () => ({ __typename: 'BadgeGroup' })),
    });
    await expectAnswers(query, [
      [refs(1), true],
      [refs(800), false],
      [refs(0), true],
      [{ refs: { __typename: 'BadgeGroup' } }, true],
      [refs(801), false],
    ]);
  });

  test('is remembered of a reference that is nested at any depth', async () => {
    let nested: object = {};
    for (let level = 0; level < 6_000; level += 1) nested = { a: nested };
    await expectAnswers('query ($one: _Any!) { _entities(representations: [$one]) { __typename } }', [
      [{ one: {} }, true],
      [{ one: nested }, true],
    ]);
  });

  test('tells apart how many groups an input object has', async () => {
    const query = `mutation ($input: ReorderBadgeGroupsInput!) {
      reorderBadgeGroups(input: $input) { ... on BadgeGroupsReordered { badgeGroups { ${ranks} } } }
    }`;
    const input = (count: number) => ({
      input: { ranks: Array.from({ length: count }, (_, index) => ({ id: `${index}`, rank: 1 })) },
    });
    await expectAnswers(query, [
      [input(1), true],
      [input(1_000), false],
      [input(2), true],
    ]);
  });

  test('tells apart what is absent from what is small, where the default is large', async () => {
    const names = repeat(45, (index) => `a${index}: name`);
    const query = `query ($n: Int) { badgeGroupsConnection(first: $n) { edges { node { ${names} } } } }`;
    await expectAnswers(query, [
      [{ n: 1 }, true],
      [{}, false],
      [{ n: 2 }, true],
      [{ n: null }, false],
    ]);
  });

  test.each<[string, string, readonly (readonly [object, boolean])[]]>([
    [
      'a null for what may not be null',
      'query ($n: Int = 1) { badgeGroups(first: $n) { id } }',
      [
        [{}, true],
        [{ n: null }, false],
        [{ n: 1 }, true],
      ],
    ],
    [
      'a null that decides about a field',
      'query ($yes: Boolean = true) { badgeGroups { id @include(if: $yes) name } }',
      [
        [{ yes: true }, true],
        [{ yes: null }, false],
        [{}, true],
      ],
    ],
    [
      'what is absent and has no default',
      'query ($id: ID!) { badgeGroup(id: $id) { id } }',
      [
        [{ id: 'x' }, true],
        [{}, false],
        [{ id: null }, false],
        [{ id: 1 }, true],
        [{ id: [] }, false],
      ],
    ],
    [
      'an input that has what nobody knows',
      'mutation ($input: CreateBadgeGroupInput!) { createBadgeGroup(input: $input) { __typename } }',
      [
        [{ input: {} }, true],
        [{ input: { colour: 1 } }, false],
        [{ input: { rank: 2 ** 31 } }, false],
        [{ input: { rank: 1 } }, true],
      ],
    ],
  ])('lets nothing through that does not coerce: %s', async (_title, query, cases) => {
    await expectAnswers(query, cases);
  });

  test('is nothing where introspection goes by a name, for strangers neither', async () => {
    const fields = repeat(200, (index) => `a${index}: fields { name description }`);
    const query = `query ($name: String!) { ${repeat(9, (index) => `t${index}: __type(name: $name) { ...T }`)} }
      fragment T on __Type { ${fields} }`;
    const stranger = { method: 'POST', headers: { 'content-type': 'application/json' } };
    for (const name of ['DateTime', 'BadgeGroup', 'Nothing', 'BadgeGroup']) {
      const isSmall = name !== 'BadgeGroup';
      const body = JSON.stringify({ query, variables: { name } });
      const answers = [await send(query, { name }), await door.send({ ...stranger, body })];
      expect(answers.map(({ by }) => by)).toEqual(['Yoga', 'Yoga']);
      expect([name, ...answers.map(({ status }) => status)]).toEqual([
        name,
        ...(isSmall ? [200, 200] : [422, 400]),
      ]);
    }
  });
});
