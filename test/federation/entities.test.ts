import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { databaseKinds, openTestDatabase } from '../support/databases.ts';
import { BadgeGroupFields, graphql } from '../support/graphql.ts';
import { recordQueries } from '../support/recorded-queries.ts';
import { type BadgeGroup, type TestCaller, type TestService, useService } from '../support/service.ts';
import { logStatements } from '../support/statement-log.ts';

const Entities = graphql(
  `
    query Entities($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on BadgeGroup {
          ...BadgeGroupFields
        }
      }
    }
  `,
  [BadgeGroupFields],
);

const unknownId = '69708faa0772ad476ecf8511';

describe.each(databaseKinds)('_entities on %s', (kind) => {
  const held = useService(kind);

  test('gives every group exactly as its create did, to the microsecond', async () => {
    const caller = await held.service.addCaller();
    const created = [];
    for (const name of ['Gold', '\ufeffGold', '😀']) created.push(await caller.create({ name, rank: 1 }));
    expect(await resolve(caller, created.map(refer))).toEqual(created);
  });

  test('keeps the order of the references, and answers each of the same ones', async () => {
    const caller = await held.service.addCaller();
    const [a, b] = [await caller.create({ name: 'a', rank: 1 }), await caller.create({ name: 'b', rank: 2 })];
    expect(await resolve(caller, [b, a, b, b, a].map(refer))).toEqual([b, a, b, b, a]);
  });

  test('answers no references with no entities', async () => {
    expect(await resolve(await held.service.addCaller(), [])).toEqual([]);
  });

  test('gives an inactive group too', async () => {
    const caller = await held.service.addCaller();
    const group = await caller.create({ name: 'Gold', rank: 1 });
    await held.service.db
      .updateTable('badge_group')
      .set({ is_active: false })
      .where('id', '=', group.id)
      .execute();
    expect(await resolve(caller, [refer(group)])).toEqual([{ ...group, isActive: false }]);
  });

  test('reads references that stand in the document as well', async () => {
    const caller = await held.service.addCaller();
    const { id } = await caller.create({ name: 'Gold', rank: 1 });
    const { data } = await caller.execute(`{
      _entities(representations: [{ __typename: "BadgeGroup", id: "${id}" }, { id: "${id}" }, 1]) {
        __typename
        ... on BadgeGroup { id }
      }
    }`);
    expect(data).toEqual({ _entities: [{ __typename: 'BadgeGroup', id }, null, null] });
  });

  test.each<[string, (id: string) => unknown]>([
    ['names no group', () => refer({ id: unknownId })],
    ['has no id', () => ({ __typename: 'BadgeGroup' })],
    ['has another key', () => ({ __typename: 'BadgeGroup', name: 'Gold' })],
    ['has null as its id', () => refer({ id: null })],
    ['has an empty id', () => refer({ id: '' })],
    ['has a number as its id', () => refer({ id: 697 })],
    ['has a boolean as its id', () => refer({ id: true })],
    ['has an object as its id', (id) => refer({ id: { id } })],
    ['has an array as its id', (id) => refer({ id: [id] })],
    ['has the id in upper case', (id) => refer({ id: `${id.slice(0, -1)}a`.toUpperCase() })],
    ['has an id with a blank behind it', (id) => refer({ id: `${id} ` })],
    ['has an id with a line break behind it', (id) => refer({ id: `${id}\n` })],
    ['has an id with a NUL', (id) => refer({ id: `${id.slice(0, -1)}\0` })],
    ['has an id with half a surrogate pair', (id) => refer({ id: `${id.slice(0, -1)}\ud800` })],
    ['has a very long id', (id) => refer({ id: id.repeat(1_000) })],
    ['has the name of an inherited property as its id', () => refer({ id: '__proto__' })],
    ['is of an unknown type', (id) => ({ __typename: 'Badge', id })],
    ['is of a type that is no entity', (id) => ({ __typename: 'BadgeGroupNameNotUniqueError', id })],
    ['is of an inherited property for a type', (id) => ({ __typename: 'constructor', id })],
    ['has null as its type', (id) => ({ __typename: null, id })],
    ['has a list as its type', (id) => ({ __typename: ['BadgeGroup'], id })],
    ['has no type', (id) => ({ id })],
    ['is empty', () => ({})],
    ['is a string', (id) => id],
    ['is a number', () => 1],
    ['is a boolean', () => true],
    ['is a list', (id) => [refer({ id })]],
  ])('answers a reference that %s with null, and its neighbours as ever', async (_title, malform) => {
    const caller = await held.service.addCaller();
    const group = await caller.create({ name: 'Gold', rank: 1 });
    const references = [refer(group), malform(group.id), refer(group)];
    expect(await resolve(caller, references)).toEqual([group, null, group]);
    expect(await resolve(caller, [malform(group.id)])).toEqual([null]);
  });

  test('refuses null for a reference as bad input', async () => {
    const caller = await held.service.addCaller();
    const { data, errors } = await caller.execute(Entities, { representations: [null] });
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('answers a reference to a group of another org as one to no group', async () => {
    const [one, other] = [await held.service.addCaller(), await held.service.addCaller()];
    const [mine, theirs] = [
      await one.create({ name: 'Gold', rank: 1 }),
      await other.create({ name: 'Gold', rank: 1 }),
    ];
    const foreign = await one.execute(Entities, { representations: [refer(theirs)] });
    const unknown = await one.execute(Entities, { representations: [refer({ id: unknownId })] });
    expect(foreign).toMatchObject({ status: 200, data: { _entities: [null] }, errors: undefined });
    expect({ ...foreign, headers: 0 }).toEqual({ ...unknown, headers: 0 });
    expect(await resolve(one, [theirs, mine].map(refer))).toEqual([null, mine]);
  });

  test('needs no more than READ access', async () => {
    const writer = await held.service.addCaller();
    const reader = await held.service.addCaller({ orgId: writer.orgId, access: 'read' });
    const group = await writer.create({ name: 'Gold', rank: 1 });
    expect(await resolve(reader, [refer(group)])).toEqual([group]);
  });

  test.each([
    ['no credentials', {}],
    ['wrong credentials', { authorization: `Basic ${btoa('nobody:secret')}` }],
  ])('answers 401 to %s, whatever the reference', async (_title, headers) => {
    const writer = await held.service.addCaller();
    const group = await writer.create({ name: 'Gold', rank: 1 });
    const answers: object[] = [];
    for (const representations of [[refer(group)], [refer({ id: unknownId })], [1], []]) {
      const { status, data, errors } = await held.service.execute(Entities, { representations }, headers);
      answers.push({ status, data, errors });
    }
    expect(answers[0]).toEqual({
      status: 401,
      data: undefined,
      errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })],
    });
    expect(answers).toEqual(answers.map(() => answers[0]));
  });

  test('answers 1,000 references and refuses 1,001 as bad input', async () => {
    const caller = await held.service.addCaller();
    const group = await caller.create({ name: 'Gold', rank: 1 });
    const groups = Array.from({ length: 1_000 }, () => group);
    expect(await resolve(caller, groups.map(refer))).toEqual(groups);

    const { data, errors } = await caller.execute(Entities, {
      representations: [...groups, group].map(refer),
    });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringContaining('1001'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('counts the references of the whole request', async () => {
    const caller = await held.service.addCaller();
    const { errors } = await caller.execute(twice, {
      a: Array.from({ length: 500 }, () => refer({ id: unknownId })),
      b: Array.from({ length: 501 }, () => refer({ id: unknownId })),
    });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('looks 1,000 mixed references up with one statement', async () => {
    const { caller, references, expected } = await mixReferences(held.service);
    const statements = await recordStatements(held.service, caller, async (caller) => {
      expect(await resolve(caller, references)).toEqual(expected);
    });
    expectOneLookUp(statements);
  });

  test('looks the references of two fields up with one statement', async () => {
    const caller = await held.service.addCaller();
    const [a, b] = [await caller.create({ name: 'a', rank: 1 }), await caller.create({ name: 'b', rank: 1 })];
    const statements = await recordStatements(held.service, caller, async (caller) => {
      const { data } = await caller.execute(twice, { a: [refer(a)], b: [1, refer(b), refer(a)] });
      expect(data).toEqual({ a: [{ id: a.id }], b: [null, { id: b.id }, { id: a.id }] });
    });
    expectOneLookUp(statements);
  });

  test('asks the database nothing when no reference has the shape of one', async () => {
    const caller = await held.service.addCaller();
    const statements = await recordStatements(held.service, caller, async (caller) => {
      expect(await resolve(caller, [1, {}, refer({ id: 'x' })])).toEqual([null, null, null]);
    });
    expect(statements.filter(isLookUp)).toEqual([]);
  });
});

describe('_entities on a Postgres server that logs its statements', () => {
  const held = useService('a Postgres server', {}, openTestDatabase);

  test('is one statement for 1,000 mixed references', async () => {
    const readStatements = await logStatements(held.service.databaseUrl as string);
    const { caller, references, expected } = await mixReferences(held.service);
    const before = readStatements?.().length ?? 0;
    const made = await recordStatements(held.service, caller, async (caller) => {
      expect(await resolve(caller, references)).toEqual(expected);
    });
    expectOneLookUp(readStatements?.().slice(before) ?? made);
  });
});

const twice = `query ($a: [_Any!]!, $b: [_Any!]!) {
  a: _entities(representations: $a) { ... on BadgeGroup { id } }
  b: _entities(representations: $b) { ... on BadgeGroup { id } }
}`;

function refer({ id }: { id: unknown }): object {
  return { __typename: 'BadgeGroup', id };
}

async function resolve(caller: TestCaller, representations: unknown[]): Promise<unknown[]> {
  const { data, errors } = await caller.execute(Entities, { representations });
  if (!data) throw new Error(`No entities: ${JSON.stringify(errors)}`);
  return data._entities;
}

/** 1,000 references, of which a quarter each is to groups of the org, of another, to none and to nonsense. */
async function mixReferences(service: TestService) {
  const [caller, other] = [await service.addCaller(), await service.addCaller()];
  const foreign = await other.create({ name: 'Gold', rank: 1 });
  const [references, expected]: [object[], (BadgeGroup | null)[]] = [[], []];
  for (let rank = 0; rank < 10; rank += 1) {
    const group = await caller.create({ name: `${rank}`, rank });
    for (let index = 0; index < 25; index += 1) {
      const unknown = refer({ id: randomBytes(12).toString('hex') });
      references.push(refer(group), refer(foreign), unknown, refer({ id: -1 }));
      expected.push(group, null, null, null);
    }
  }
  return { caller, references, expected };
}

/** What a caller whom the service does not know yet makes it ask the database. */
async function recordStatements(
  service: TestService,
  caller: TestCaller,
  run: (caller: TestCaller) => Promise<void>,
): Promise<string[]> {
  const { db, queries } = recordQueries(service.db);
  await run(service.with({ db }).adopt(caller));
  return queries.map(({ sql }) => sql);
}

/** One statement reads the groups; the only other one there may be checks the client. */
function expectOneLookUp(statements: readonly string[]): void {
  expect(statements.filter(isLookUp)).toHaveLength(1);
  expect(statements.filter((statement) => !isLookUp(statement)).length).toBeLessThanOrEqual(1);
}

function isLookUp(statement: string): boolean {
  return statement.includes('"badge_group"');
}
