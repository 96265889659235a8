import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases.ts';
import { findNeutralValue, type Place, type RootOperation, rootOperations } from '../support/operations.ts';
import { type BadgeGroup, type TestCaller, useService } from '../support/service.ts';

/** What names a group, by the kind of place that takes it. */
interface Names {
  readonly id: string;
  readonly name: string;
  /** Every cursor that any field gives for the group. */
  readonly cursors: readonly string[];
}

const rank = 7;
const createdOn = 1_700_000_000;

// The caller's own groups: two older and one newer than any group of the test, all of one rank.
const own = [
  { id: '000000000000000000000000', name: 'First' },
  { id: '000000000000000000000001', name: 'Second' },
  { id: 'ffffffffffffffffffffffff', name: 'Third' },
] as const;

const places = rootOperations.flatMap((operation) =>
  operation.places
    .filter(({ type }) => type === 'ID' || type === 'String')
    .map((place) => [operation.name, place.key, operation, place] as const),
);

test('The walk through the schema finds the places that take the name of a group', () => {
  const found = places.map(([operation, key]) => `${operation}(${key})`);
  expect(found).toEqual(
    expect.arrayContaining(['_entities(representations.BadgeGroup.id)', 'createBadgeGroup(input.name)']),
  );
});

describe.each(databaseKinds)('Isolation on %s', (kind) => {
  const held = useService(kind);
  let caller: TestCaller;
  let stranger: TestCaller;
  let strangersGroups: BadgeGroup[];
  let foreign: Names;
  let missing: Names;
  let mine: Names;

  beforeAll(async () => {
    caller = await held.service.addCaller();
    stranger = await held.service.addCaller();
    const gone = await stranger.create({ name: 'Gone', rank });
    missing = { id: gone.id, name: gone.name, cursors: await findCursors(stranger) };
    await deleteGroups(stranger);
    const { id, name } = await stranger.create({ name: 'Foreign', rank });
    foreign = { id, name, cursors: await findCursors(stranger) };
    for (const group of own) await stranger.create({ name: group.name, rank });
    strangersGroups = await stranger.list();
    await resetOwnGroups();
    mine = { id: own[0].id, name: own[1].name, cursors: await findCursors(caller) };
  });

  test.each(places)('%s(%s) answers for what another org has as for what nobody has', async (...row) => {
    const [, , operation, place] = row;
    for (const given of findFillings(operation, place)) {
      for (const [index] of isCursor(place) ? foreign.cursors.entries() : [[0]]) {
        const answer = await ask(operation, given, place, pick(foreign, place, index));
        expect(answer).toEqual(await ask(operation, given, place, pick(missing, place, index)));
      }
    }
    expect(await stranger.list()).toEqual(strangersGroups);
  });

  test.each(places)('%s(%s) answers otherwise for what its own org has', async (...row) => {
    const [, , operation, place] = row;
    const differences = [];
    for (const given of findFillings(operation, place)) {
      const other = await ask(operation, given, place, pick(missing, place));
      for (const [index] of isCursor(place) ? mine.cursors.entries() : [[0]]) {
        const answer = await ask(operation, given, place, pick(mine, place, index));
        if (answer.text !== other.text) differences.push(answer.text);
      }
    }
    expect(differences).not.toEqual([]);
  });

  test.each(
    rootOperations
      .filter((operation) => operation.kind === 'query')
      .map((each) => [each.name, each] as const),
  )('%s shows nothing of another org', async (_name, operation) => {
    for (const given of [[], operation.places]) {
      const { text } = await ask(operation, given);
      expect(text).not.toMatch(new RegExp(`${foreign.id}|${foreign.name}|"orgId":${stranger.orgId}`));
    }
  });

  /** Asks an org that is in its first state, as it is afterwards, and gives the answer without what is new in each. */
  async function ask(operation: RootOperation, given: readonly Place[], place?: Place, value = '') {
    const response = await held.service.fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'the-same',
        authorization: caller.authorization,
      },
      body: JSON.stringify(
        operation.build((each) => (each.key === place?.key ? value : findOwnValue(each)), given),
      ),
    });
    const answer = await response.text();
    if (operation.kind === 'mutation') await resetOwnGroups();
    const text = answer
      .replaceAll(value || '<value>', '<value>')
      .replaceAll(/"id":"(?!0{23}|f{23})[0-9a-f]{24}"/g, '"id":"<new>"')
      .replaceAll(/("(?:created|lastUpdated|changed)On(?:ISO)?"):("[^"]*"|[\d.]+)/g, '$1:"<now>"')
      .replaceAll(operation.kind === 'mutation' ? /("\w*[cC]ursor"):"[^"]*"/g : /$^/g, '$1:"<new>"');
    expect(text).not.toContain(`"orgId":${stranger.orgId}`);
    const headers = [...new Headers([...response.headers])].filter(
      ([name]) => name.toLowerCase() !== 'content-length',
    );
    return { status: response.status, headers, text };
  }

  function findOwnValue(place: Place): unknown {
    if (place.type === 'ID') return mine.id;
    if (isCursor(place)) return mine.cursors[0];
    if (place.name === 'name' && place.required) return mine.name;
    return place.type === 'Float' ? createdOn : findNeutralValue(place);
  }

  async function findCursors({ authorization }: TestCaller): Promise<string[]> {
    const cursors = new Set<string>();
    for (const operation of rootOperations.filter((each) => each.kind === 'query')) {
      const first = operation.places.filter(({ name }) => name === 'first');
      const { query, variables } = operation.build(findNeutralValue, first);
      const { data } = await held.service.execute(query, variables, { authorization });
      for (const [, cursor] of JSON.stringify(data).matchAll(/"\w*[cC]ursor":"([^"]+)"/g))
        cursors.add(cursor as string);
    }
    return [...cursors];
  }

  async function resetOwnGroups(): Promise<void> {
    await deleteGroups(caller);
    const instant = sql`to_timestamp(${createdOn})`;
    const common = {
      created_by: caller.userId,
      updated_by: caller.userId,
      created_at: instant,
      updated_at: instant,
    };
    await held.service.db
      .insertInto('badge_group')
      .values(own.map((group) => ({ ...group, ...common, org_id: caller.orgId, rank })))
      .execute();
  }

  async function deleteGroups({ orgId }: TestCaller): Promise<void> {
    for (const table of ['badge_group', 'badge_group_version'] as const) {
      await held.service.db.deleteFrom(table).where('org_id', '=', orgId).execute();
    }
  }
});

/** The place alone, with each of the others that may be left out, and with all of them. */
function findFillings(operation: RootOperation, place: Place): Place[][] {
  const others = operation.places.filter(({ key, required }) => key !== place.key && !required);
  return [[place], ...others.map((other) => [place, other]), [place, ...others]];
}

function isCursor({ name }: Place): boolean {
  return name === 'after' || name === 'before';
}

function pick({ id, name, cursors }: Names, place: Place, index = 0): string {
  if (!isCursor(place)) return place.type === 'ID' ? id : name;
  const cursor = cursors[index];
  if (cursor === undefined) throw new Error('No field of the schema gives a cursor.');
  return cursor;
}
