import fc from 'fast-check';
import type { GraphQLObjectType } from 'graphql';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { schema } from '../../../src/schema/schema.ts';
import { databaseKinds } from '../../support/databases.ts';
import { SelectionWriter } from '../../support/selections.ts';
import { type TestCaller, useService } from '../../support/service.ts';
import { post, type Sent, WatchedDoor } from '../../support/watched-door.ts';

interface Group {
  readonly id: string;
  readonly name: string;
  readonly rank: number;
  readonly isActive: boolean;
  readonly created: readonly [second: number, microsecond: number];
  readonly updated: readonly [second: number, microsecond: number];
}

/** No control characters, but all that JSON escapes or might. */
const name = fc
  .string({
    unit: fc
      .oneof(
        fc.constantFrom('"', '\\', '/', '<', 'é', '💥', '\u2028', '\u2029', '\ufeff', '\u00a0', '\uffff'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      )
      .filter((character) => !/\p{Cc}/u.test(character)),
    maxLength: 12,
  })
  .map((text) => `${text}x`);
const rank = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)));
const instant = fc.tuple(
  fc.integer({ min: Date.UTC(1900, 0) / 1_000, max: Date.UTC(2200, 0) / 1_000 }),
  fc.oneof(fc.constantFrom(0, 1, 10, 500_000, 120_000, 999_999), fc.integer({ min: 0, max: 999_999 })),
);
const group: fc.Arbitrary<Group> = fc
  .record({
    id: fc.bigInt({ min: 0n, max: 16n ** 24n - 1n }).map((id) => id.toString(16).padStart(24, '0')),
    ...{ name, rank, isActive: fc.boolean(), created: instant, updated: instant },
  })
  // No group has changed before it was there.
  .map((each) => ({ ...each, updated: isBefore(each.updated, each.created) ? each.created : each.updated }));
const groups = fc.uniqueArray(group, {
  maxLength: 4,
  comparator: (a, b) => a.name === b.name || a.id === b.id,
});

describe.each(databaseKinds)('A selection of any shape, on %s,', (kind) => {
  const held = useService(kind);
  let door: WatchedDoor;
  let caller: TestCaller;

  beforeEach(async () => {
    door = new WatchedDoor(held.service.db, { timeZone: 'America/St_Johns' });
    caller = await held.service.addCaller();
    await door.ask(post(caller, { query: '{ __typename }' }));
  });

  /** What the door answers, which the judge has compared with Yoga's. */
  async function answer(query: string, variables: object, first = variables): Promise<Sent> {
    expect(await door.ask(post(caller, { query, variables: first }))).toMatchObject({
      status: 200,
      body: expect.not.objectContaining({ errors: expect.anything() }),
    });
    const sent = await door.send(post(caller, { query, variables }));
    expect(sent).toMatchObject({ by: 'the door', status: 200 });
    return sent;
  }

  test('is written as Yoga writes it, in a query', async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), groups, async (gen, given) => {
        await replaceGroups(given);
        const choose = (count: number) => gen(fc.nat, { max: count - 1 });
        const ids = [...given.map(({ id }) => id), 'none'];
        const references = ids.map((id) => ({ __typename: choose(9) === 0 ? 'Nothing' : 'BadgeGroup', id }));
        const query = writeOperation('query', choose, {
          badgeGroups: ['first: 3', 'order: ASC, isActive: true, first: 9', 'first: $n'],
          badgeGroup: ids.map((id) => `id: "${id}"`),
          _entities: ['representations: $refs', 'representations: []', 'representations: [$one, $one]'],
          badgeGroupsConnection: ['first: 1', 'last: 2', 'first: 0', 'first: $n, order: ASC'],
          _service: [''],
        });
        await answer(query, { n: 2, refs: references, one: references[0], ...pickConditions(query, choose) });
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('is written as Yoga writes it, in a mutation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), groups, async (gen, given) => {
        await replaceGroups(given);
        const choose = (count: number) => gen(fc.nat, { max: count - 1 });
        const query = writeOperation('mutation', choose, {
          createBadgeGroup: ['input: $c0', 'input: $c1', 'input: $c2'],
          updateBadgeGroup: ['input: $u0', 'input: $u1', 'input: $u2'],
          reorderBadgeGroups: ['input: $r0', 'input: $r1'],
        });
        const names = [...given.map((each) => each.name), '', 'a\u0000'];
        const ids = [...given.map(({ id }) => id), 'none'];
        const drafts = ['c0', 'c1', 'c2'].map(
          (key) => [key, makeDraft(names[choose(names.length)], gen)] as const,
        );
        const changes = ['u0', 'u1', 'u2'].map((key) => {
          const change = { id: ids[choose(ids.length)], isActive: gen(fc.boolean) };
          const stale = choose(4) === 0 ? { ifLastUpdatedOn: 1.5 } : {};
          return [key, { ...change, ...stale, ...makeDraft(names[choose(names.length)], gen) }] as const;
        });
        const reorders = ['r0', 'r1'].map((key) => {
          const ranks = ids
            .slice(choose(2), -choose(2) || ids.length)
            .map((id) => ({ id, rank: choose(4) || null }));
          return [key, { ranks: ranks.length > 0 ? ranks : [{ id: 'none', rank: 1 }] }] as const;
        });
        const conditions = { ...Object.fromEntries(reorders), ...pickConditions(query, choose) };
        const salt = (text: string) =>
          Object.fromEntries(
            [...drafts, ...changes].map(([key, { fresh, ...input }]) => [
              key,
              fresh ? { ...input, name: fresh + text } : input,
            ]),
          );
        await answer(query, { ...salt('2'), ...conditions }, { ...salt('1'), ...conditions });
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('is written anew for each choice of what it includes, however many there are', async () => {
    await caller.create({ name: 'Gold', rank: 1 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    const fields = names.map((key) => `${key}: rank @include(if: $${key})`);
    const query = `query (${names.map((key) => `$${key}: Boolean!`).join(' ')}) { badgeGroups { ${fields.join(' ')} } }`;
    for (let round = 0; round < 2; round += 1) {
      for (let choice = 0; choice < 32; choice += 1) {
        const chosen = names.filter((_, index) => (choice & (1 << index)) > 0);
        const { body } = await answer(
          query,
          Object.fromEntries(names.map((key) => [key, chosen.includes(key)])),
        );
        expect(body).toEqual({ data: { badgeGroups: [Object.fromEntries(chosen.map((key) => [key, 1]))] } });
      }
    }
  });

  test('is written soon where fragments double at every level', async () => {
    await caller.create({ name: 'Gold', rank: 1 });
    const levels = Array.from(
      { length: 25 },
      (_, i) => `fragment F${i} on BadgeGroup { ...F${i + 1} ...F${i + 1} }`,
    );
    const query = `{ badgeGroups { ...F0 ...F0 } } ${levels.join(' ')} fragment F25 on BadgeGroup { name }`;
    const startedAt = performance.now();
    const { body } = await answer(query, {});
    expect(body).toEqual({ data: { badgeGroups: [{ name: 'Gold' }] } });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  async function replaceGroups(given: readonly Group[]): Promise<void> {
    await sql`delete from badge_group where org_id = ${caller.orgId}::int`.execute(held.service.db);
    for (const { id, name, rank, isActive, created, updated } of given) {
      await sql`
        insert into badge_group
          (org_id, id, name, rank, is_active, created_by, created_at, updated_by, updated_at)
        values (${caller.orgId}, ${id}, ${name}, ${rank}, ${isActive}, 1, ${at(created)}, 2, ${at(updated)})`.execute(
        held.service.db,
      );
    }
  }
});

function isBefore(
  [second, microsecond]: Group['created'],
  [otherSecond, otherMicrosecond]: Group['created'],
): boolean {
  return second < otherSecond || (second === otherSecond && microsecond < otherMicrosecond);
}

function at([second, microsecond]: readonly [number, number]) {
  return sql`timestamptz 'epoch' + ${second}::bigint * interval '1 second'
    + ${microsecond}::bigint * interval '1 microsecond'`;
}

/** A new name, or one that may be wrong or taken. */
function makeDraft(known: string | undefined, gen: fc.GeneratorValue) {
  const fresh = gen(fc.boolean) ? gen(() => name) : undefined;
  return { name: known, rank: gen(() => rank), fresh };
}

type TopFields = Readonly<Record<string, readonly string[]>>;

/** Up to three top fields, each once or more often, with what they select below. */
function writeOperation(
  kind: 'query' | 'mutation',
  choose: (count: number) => number,
  args: TopFields,
): string {
  const writer = new SelectionWriter(choose);
  const type = (kind === 'query' ? schema.getQueryType() : schema.getMutationType()) as GraphQLObjectType;
  const places = Array.from({ length: 1 + choose(3) }, (_, index) => {
    const names = Object.keys(args);
    const field = names[choose(names.length)] as string;
    const variants = args[field] as readonly string[];
    const given = variants[choose(variants.length)];
    return { field, head: `t${index}: ${field}${given ? `(${given})` : ''}` };
  });
  const selection = writer.writeSelection(type, 0, () => {
    const index = choose(places.length + 1);
    const place = places[index];
    if (place === undefined) return '__typename';
    return `${place.head} ${writer.writeBelow(type.getFields()[place.field]?.type as GraphQLObjectType)}`;
  });
  const text = `${selection} ${writer.fragments.join(' ')}`;
  const types = {
    n: 'Int! = 1',
    refs: '[_Any!]!',
    one: '_Any!',
    ...Object.fromEntries(['c0', 'c1', 'c2'].map((key) => [key, 'CreateBadgeGroupInput!'])),
    ...Object.fromEntries(['u0', 'u1', 'u2'].map((key) => [key, 'UpdateBadgeGroupInput!'])),
    ...Object.fromEntries(['r0', 'r1'].map((key) => [key, 'ReorderBadgeGroupsInput!'])),
  };
  const declarations = Object.entries(types)
    .filter(([key]) => new RegExp(`\\$${key}\\b`).test(text))
    .map(([key, declared]) => `$${key}: ${declared}`);
  const all = [...declarations, ...writer.declarations.values()];
  return `${kind} ${all.length > 0 ? `(${all.join(' ')})` : ''} ${text}`;
}

/** Values for the conditions; those that have a default may be absent. */
function pickConditions(query: string, choose: (count: number) => number): Record<string, boolean> {
  const declared = [...query.matchAll(/\$(b\d): Boolean!?( = \w+)?/g)];
  const given = declared.filter(([, , hasDefault]) => !hasDefault || choose(2) === 0);
  return Object.fromEntries(given.map(([, key]) => [key, choose(2) === 0]));
}
