import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Asking, turnCosts } from '../../src/http/turns/asking.ts';
import { Turns, turnLimits } from '../../src/http/turns/turns.ts';
import { databaseKinds } from '../support/databases.ts';
import { type HeldStatements, holdStatements } from '../support/held-statements.ts';
import { basic, type TestCaller, useService } from '../support/service.ts';
import { post, type Sent, WatchedDoor } from '../support/watched-door.ts';

const list = 'query Groups { badgeGroups { id name } }';
/** Of which Yoga has known nothing before. */
const unknown = (index: number) => `query Groups { badgeGroups { id name a${index}: rank } }`;
/** More than the share of one org, at the rate that is assumed at first, of lists of 1,000 times 3 fields. */
const many = 400;

const held = useService('a Postgres server');

afterEach(() => vi.restoreAllMocks());

describe.each(databaseKinds)('On %s', (kind) => {
  const held = useService(kind);
  let statements: HeldStatements;
  let isHolding: boolean;
  let begun: number;
  let door: WatchedDoor;
  let caller: TestCaller;

  beforeEach(async () => {
    isHolding = false;
    begun = 0;
    statements = holdStatements(held.service.db, ({ sql }) => {
      if (isHolding && sql.includes('order by')) begun += 1;
      return isHolding;
    });
    door = new WatchedDoor(statements.db);
    caller = await held.service.addCaller();
    await door.send(post(caller, { query: list }));
  });

  test.each([
    ['the door knows', 'the door', () => list],
    ['Yoga has not seen', 'Yoga', unknown],
  ] as const)(
    'an org that has its share waiting is refused more operations, those that %s',
    async (_title, by, write) => {
      isHolding = true;
      const answers: Sent[] = [];
      const all = Array.from({ length: many }, async (_, index) => {
        answers.push(await door.send(post(caller, { query: write(index) })));
      });
      await Promise.race(all);
      const refusals = answers.splice(0);
      // At once: who waits for his turn in vain is told something else while nothing is done.
      expect(refusals.length).toBeGreaterThan(0);
      for (const refused of refusals) {
        expect(refused).toMatchObject({ by, status: 429, code: 'TOO_MANY_REQUESTS' });
        expect(refused.body).not.toHaveProperty('data');
        expect(refused.headers.get('retry-after')).toBe('1');
        expect(refused.headers.get('cache-control')).toBe('private, no-store, max-age=0');
      }
      statements.release();
      await Promise.all(all);
      const done = answers.filter(({ status }) => status === 200);
      expect(begun).toBe(done.length);
      expect(done.length).toBeGreaterThan(0);
    },
  );
});

describe('Over sockets', () => {
  const embedded = useService('the embedded database');

  test('the embedded database leaves room to refuse what an org asks for beyond its share, and to answer the rest in time', async () => {
    const service = embedded.service.with();
    const caller = await service.addCaller();
    await service.fill(caller.orgId, 1_000);
    const url = await service.listen();
    const whole = 'id name rank createdBy createdOnISO lastUpdatedBy lastUpdatedOnISO isActive';
    const init = post(caller, { query: `{ a: badgeGroups { ${whole} } b: badgeGroups { ${whole} } }` });
    await service.fetch('/graphql', init);
    const answers = Array.from({ length: 300 }, async () => {
      const startedAt = performance.now();
      const response = await fetch(url, init);
      await response.arrayBuffer();
      return { status: response.status, ms: performance.now() - startedAt };
    });
    const all = await Promise.all(answers);
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(Math.max(...all.map(({ ms }) => ms))).toBeLessThan(5_000);
    await service.stopListening();
  });
});

test('documents that are dear to validate wait for their turns, with credentials or without, and leave them to others', async () => {
  const enter = vi.spyOn(Turns.prototype, 'enter');
  const service = held.service.with();
  const caller = await service.addCaller();
  await caller.list();
  const ofOperations = enter.mock.calls.findIndex(([{ cost }]) => cost !== turnCosts.head);
  const turns = enter.mock.contexts[ofOperations] as Turns;
  // In a body that is short enough to be read without a turn.
  const fields = Array.from({ length: 400 }, (_, index) => `badgeGroupsConnectio${index}`).join(' ');
  for (const authorization of [undefined, caller.authorization]) {
    const leave = await turns.enter({ party: 1, kind: 'read', cost: turnLimits.costAtWork });
    const dear = Array.from({ length: 4 }, () =>
      service.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: JSON.stringify({ query: `{ ${fields} }` }),
      }),
    );
    await vi.waitFor(() => expect(turns.count()).toEqual({ atWork: 1, waiting: dear.length }), {
      interval: 1,
    });
    const askings = enter.mock.calls.map(([asking]) => asking).filter(({ isUnknown }) => isUnknown);
    for (const { cost } of askings.slice(-dear.length)) {
      expect(cost).toBeGreaterThan(turnCosts.unknownOperation + fields.length * 0.3);
    }
    const other = turns.enter({ party: 2, kind: 'read', cost: 500 });
    expect(await Promise.race([other, ...dear])).toBeTypeOf('function');
    (await other)();
    leave();
    for (const { status } of await Promise.all(dear)) expect(status).toBe(200);
    expect(turns.count().waiting).toBe(0);
  }
});

test.each(['an org', 'a stranger', 'a newcomer'] as const)(
  '%s is refused without Yoga while others of the same party wait for its share, and nobody else',
  async (who) => {
    const turns = new Turns(10);
    const door = new WatchedDoor(held.service.db, {}, turns);
    const caller = await held.service.addCaller();
    await door.send(post(caller, { query: list }));
    const newcomer = await held.service.addCaller();
    const ask = (as: typeof who, query: string) => {
      const { authorization, ...headers } = post(as === 'an org' ? caller : newcomer, {}).headers;
      return {
        ...post(caller, { query }),
        headers: { ...headers, ...(as !== 'a stranger' && { authorization }) },
      };
    };
    const parties = { 'an org': caller.orgId, 'a stranger': 'strangers', 'a newcomer': 'newcomers' } as const;
    const asking = { party: parties[who], kind: 'read', cost: 10_000 } as const;
    // Another org asks, too: one alone may have more at work than leaves a place to others.
    void turns.enter({ ...asking, party: 0, cost: 1 });
    while (turns.refuseIfFull(asking)?.catch(() => {}) === undefined) void turns.enter(asking);

    for (const query of ['{ __typename }', `{ ${'wrong '.repeat(900)} }`]) {
      const { by, status, code, headers } = await door.send(ask(who, query));
      expect([by, status, code]).toEqual(['the door', 429, 'TOO_MANY_REQUESTS']);
      expect(headers.get('retry-after')).toBe('1');
    }
    for (const other of ['a stranger', 'an org', 'a newcomer'] as const) {
      if (other === who) continue;
      const { by, status } = await door.send(ask(other, '{ __typename }'));
      expect([by, status]).toEqual(['Yoga', 200]);
    }
  },
);

test('a body that takes its time to be read waits for a turn for that, and no other does', async () => {
  const turns = new Turns(1);
  const door = new WatchedDoor(held.service.db, {}, turns);
  const caller = await held.service.addCaller();
  const ask = (length: number) =>
    door.send(post(caller, { query: '{ __typename }', variables: { ignored: 'x'.repeat(length) } }));
  await ask(1);
  // Two orgs, so that neither has more at work than leaves a place to the other; all that there may be.
  const leaves = await Promise.all([0, 1, 0].map((party) => turns.enter({ party, kind: 'read', cost: 1 })));

  const [small, large] = [ask(9_000), ask(10_000)];
  expect(await small).toMatchObject({ by: 'the door', status: 200 });
  expect(turns.count().waiting).toBe(1);
  for (const leave of leaves) leave();
  expect(await large).toMatchObject({ by: 'the door', status: 200 });
  await new Promise(setImmediate);
  expect(turns.count()).toMatchObject({ atWork: 0, waiting: 0 });
});

test.each([
  ['is no JSON', 415, { 'content-type': 'text/plain' }, 'query'],
  ['is broken', 400, { 'content-type': 'application/json' }, '{"query'],
  ['would be answered as nothing that its sender takes', 406, { accept: 'image/png' }, '{}'],
])('what %s leaves turns to others, however much of it there is', async (_title, status, headers, body) => {
  const caller = await held.service.addCaller();
  await caller.list();
  let answered = 0;
  const flood = Array.from({ length: 200 }, async () => {
    const response = await held.service.fetch('/graphql', { method: 'POST', headers, body });
    answered += 1;
    expect(response.status).toBe(status);
  });
  // Which the door does not know, and which needs no database.
  expect(await caller.execute('{ other: __typename }')).toMatchObject({ status: 200 });
  expect(answered).toBeLessThan(flood.length / 2);
  await Promise.all(flood);
});

test('a request whose body does not arrive keeps no turn from others', async () => {
  const service = held.service.with();
  const { hostname, port } = new URL(await service.listen());
  // What Yoga is to answer has a turn for its head; the door takes none before it has a body.
  const targets = ['/graphql?x', '/graphql'].flatMap((target) => Array<string>(100).fill(target));
  const slow = targets.map((target) => {
    const head = `POST ${target} HTTP/1.1\r\nhost: service.test\r\ncontent-type: application/json\r\n`;
    const socket = connect(Number(port), hostname);
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    return socket;
  });
  const waiting = vi.spyOn(Turns.prototype, 'enter');
  await expect.poll(() => waiting.mock.calls.length).toBe(100);
  const headers = { 'content-type': 'text/plain' };
  expect((await service.fetch('/graphql', { method: 'POST', headers, body: 'query' })).status).toBe(415);
  for (const socket of slow) socket.destroy();
  await service.stopListening();
});

test.each(['a stranger', 'an org'] as const)(
  'what holds the event loop is charged to %s that has asked for it: parsing, validation and measuring, and introspection',
  async (who) => {
    const caller = await held.service.addCaller();
    await caller.list();
    const charged = new Map<string, number>();
    const { enter } = Turns.prototype;
    vi.spyOn(Turns.prototype, 'enter').mockImplementation(async function (this: Turns, asking: Asking) {
      const leave = await enter.call(this, asking);
      const name = asking.isUnknown ? 'before' : 'execution';
      return (isDone?: boolean, measured?: number) => {
        // Whatever comes after the first time is nothing any more.
        if (measured !== undefined && !charged.has(name)) charged.set(name, measured);
        leave(isDone, measured);
      };
    });
    // A millisecond each time that somebody looks.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now++);
    const { authorization: _none, ...anonymous } = post(caller, {}).headers;
    const headers = who === 'an org' ? post(caller, {}).headers : anonymous;
    const ask = async (query: string) => {
      charged.clear();
      await held.service.fetch('/graphql', { ...post(caller, { query }), headers });
      await new Promise(setImmediate);
      return Object.fromEntries(charged);
    };
    const { before, execution } = await ask('{ __schema { types { name } } }');
    expect(before).toBeGreaterThanOrEqual(3_000);
    expect(execution).toBeGreaterThanOrEqual(1_000);
    const wrong = await ask('{ wrong { __typename } }');
    expect(Object.keys(wrong)).toEqual(['before']);
    expect(wrong['before']).toBeGreaterThanOrEqual(2_000);
  },
);

test('credentials are checked in a turn of their own, after which a document has one of its org', async () => {
  const enter = vi.spyOn(Turns.prototype, 'enter');
  const newcomer = await held.service.addCaller();
  const query = `{ ${'wrong '.repeat(900)} }`;
  const init = post(newcomer, { query });
  const wrong = { ...init, headers: { ...init.headers, authorization: basic('nobody', 'wrong') } };
  const door = new WatchedDoor(held.service.db);
  const ask = async (init: RequestInit) => {
    enter.mockClear();
    const { status } = await door.send(init);
    const askings = enter.mock.calls.map(([asking]) => asking).filter(({ cost }) => cost !== turnCosts.head);
    return { status, parties: askings.map(({ party }) => party), costs: askings.map(({ cost }) => cost) };
  };
  const cheap = turnCosts.unknownOperation;
  expect(await ask(wrong)).toEqual({ status: 401, parties: ['newcomers'], costs: [cheap] });
  const first = await ask(init);
  expect(first.parties).toEqual(['newcomers', newcomer.orgId]);
  expect(first.costs[0]).toBe(cheap);
  expect(first.costs[1]).toBeGreaterThan(2 * cheap);
  expect((await ask(init)).parties).toEqual([newcomer.orgId]);
});
