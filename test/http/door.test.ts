import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { revokeApiClient } from '../../src/auth/api-client.repository.ts';
import { databaseKinds } from '../support/databases.ts';
import { failStatements } from '../support/failing-statements.ts';
import {
  CreateBadgeGroup,
  FindBadgeGroup,
  ListBadgeGroups,
  PageBadgeGroups,
  UpdateBadgeGroup,
} from '../support/graphql.ts';
import { type HeldStatements, holdStatements } from '../support/held-statements.ts';
import { sendRaw } from '../support/raw-request.ts';
import { type Query, recordQueries } from '../support/recorded-queries.ts';
import { type BadgeGroup, basic, type TestCaller, useService } from '../support/service.ts';
import { post, type Sent, WatchedDoor } from '../support/watched-door.ts';

const list = '{ badgeGroups { id name } }';
const create = print(CreateBadgeGroup);
const update = print(UpdateBadgeGroup);
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each(databaseKinds)('What Yoga has answered once on %s, the door answers', (kind) => {
  const held = useService(kind);
  let door: WatchedDoor;
  let caller: TestCaller;
  let gold: BadgeGroup;

  beforeEach(async () => {
    door = new WatchedDoor(held.service.db);
    caller = await held.service.addCaller();
    gold = await caller.create({ name: 'Gold', rank: 1 });
  });

  /** The answer of the door, after one of Yoga's, with other variables where it matters. */
  async function answer(params: object, by: TestCaller = caller): Promise<Sent> {
    const first = JSON.parse(JSON.stringify(params), (_key, value) => (value === 'Silver' ? 'First' : value));
    expect(await door.send(post(by, first))).toMatchObject({ by: 'Yoga', status: 200 });
    const sent = await door.send(post(by, params));
    expect(sent).toMatchObject({ by: 'the door', status: 200 });
    return sent;
  }

  test.each<[string, (gold: BadgeGroup) => { query: string; variables?: object }, unknown]>([
    ['a list', () => ({ query: print(ListBadgeGroups) }), { badgeGroups: [{ name: 'Gold' }] }],
    [
      'one group',
      ({ id }) => ({ query: print(FindBadgeGroup), variables: { id } }),
      { badgeGroup: { name: 'Gold', rank: 1 } },
    ],
    [
      'references',
      ({ id }) => ({
        query: 'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on BadgeGroup { name } } }',
        variables: {
          refs: [
            { __typename: 'BadgeGroup', id },
            { __typename: 'BadgeGroup', id: 'x' },
          ],
        },
      }),
      { _entities: [{ name: 'Gold' }, null] },
    ],
    [
      'a page',
      () => ({ query: print(PageBadgeGroups), variables: { first: 1 } }),
      { badgeGroupsConnection: { totalCount: 1, edges: [{ node: { name: 'Gold' } }] } },
    ],
    ['a name of a type', () => ({ query: '{ a: __typename }' }), { a: 'Query' }],
    ['the SDL', () => ({ query: '{ _service { sdl } }' }), { _service: { sdl: /type BadgeGroup / } }],
    [
      'a create',
      () => ({ query: create, variables: { input: { name: 'Silver', rank: -1 } } }),
      { createBadgeGroup: { __typename: 'BadgeGroup', name: 'Silver', rank: -1 } },
    ],
    [
      'an update',
      ({ id }) => ({ query: update, variables: { input: { id, name: 'Silver', isActive: false } } }),
      { updateBadgeGroup: { __typename: 'BadgeGroup', name: 'Silver', isActive: false } },
    ],
  ])('as Yoga would: %s', async (_title, write, data) => {
    const { body } = await answer(write(gold));
    expect(body).toMatchObject({ data: asMatcher(data) });
  });

  test.each<[number, string, (gold: BadgeGroup) => object]>([
    [735, 'create', () => ({ rank: 1 })],
    [732, 'create', () => ({ name: 'Silver' })],
    [400, 'create', () => ({ name: 'a\u0000', rank: 1 })],
    [733, 'create', () => ({ name: 'Gold', rank: 2 })],
    [404, 'update', () => ({ id: 'x', rank: 2 })],
    [409, 'update', ({ id }) => ({ id, rank: 2, ifLastUpdatedOn: 1 })],
  ])('with error %i of a %s, and its code in the log', async (code, kind, write) => {
    const [query, field] = kind === 'create' ? [create, 'createBadgeGroup'] : [update, 'updateBadgeGroup'];
    const { body } = await answer({ query, variables: { input: write(gold) } });
    expect(body).toMatchObject({ data: { [field]: { code } } });
    expect(door.log.map(({ codes }) => codes)).toEqual([[code], [code]]);
  });

  test('with error 403 to who may only read', async () => {
    const reader = await held.service.addCaller({ access: 'read' });
    const { body } = await answer(
      { query: create, variables: { input: { name: 'Silver', rank: 1 } } },
      reader,
    );
    expect(body).toMatchObject({ data: { createBadgeGroup: { code: 403, path: [] } } });
  });

  test('of several operations the one that is named', async () => {
    const query = `query One { one: __typename } query Other { other: badgeGroups { name } }`;
    const { body } = await answer({ query, operationName: 'Other' });
    expect(body).toEqual({ data: { other: [{ name: 'Gold' }] } });
    expect(door.log.map(({ operation }) => operation)).toEqual(['Other', 'Other']);
    for (const by of ['Yoga', 'the door']) {
      const one = await door.send(post(caller, { query, operationName: 'One' }));
      expect(one).toMatchObject({ by, body: { data: { one: 'Query' } } });
    }
  });

  test('to each caller with what is theirs', async () => {
    await answer({ query: list });
    const stranger = await held.service.addCaller();
    await door.send(post(stranger, { query: list }));
    const sent = await door.send(post(stranger, { query: list }));
    expect(sent).toMatchObject({ by: 'the door', body: { data: { badgeGroups: [] } } });
  });
});

describe('An answer of the door', () => {
  const held = useService('the embedded database');
  let door: WatchedDoor;
  let caller: TestCaller;

  beforeEach(async () => {
    door = new WatchedDoor(held.service.db);
    caller = await held.service.addCaller();
    await door.send(post(caller, { query: list }));
  });

  async function answer(headers: Record<string, string>, params: object = {}): Promise<Sent> {
    const sent = await door.send(post(caller, { query: list, ...params }, headers));
    expect(sent.by).toBe('the door');
    return sent;
  }

  test.each([
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['*/*', 'application/json'],
    ['application/json;q=0.5, application/graphql-response+json', 'application/graphql-response+json'],
  ])('to "accept: %s" is %s', async (accept, mediaType) => {
    const { headers } = await answer({ accept });
    expect(headers.get('content-type')).toBe(`${mediaType}; charset=utf-8`);
    expect(headers.get('cache-control')).toBe('private, no-store, max-age=0');
  });

  test.each([
    { variables: null },
    { operationName: null },
    { extensions: null },
    { extensions: { a: 1 }, variables: {} },
  ])('is given with %j, too', async (params) => {
    const { text } = await answer({}, params);
    expect(text).toBe('{"data":{"badgeGroups":[]}}');
  });

  test('has the id of the request, or a new one', async () => {
    const given = await answer({ 'x-request-id': 'a.b-1' });
    const [made, other, replaced] = [
      await answer({}),
      await answer({}),
      await answer({ 'x-request-id': 'a b' }),
    ];
    expect(given.headers.get('x-request-id')).toBe('a.b-1');
    const ids = [made, other, replaced].map(({ headers }) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(uuid);
    expect(new Set(ids).size).toBe(3);
    expect(door.log.slice(-4).map(({ requestId }) => requestId)).toEqual(['a.b-1', ...ids]);
  });

  test.each([
    ['an anonymous operation', { query: list }],
    ['a named one', { query: 'query Groups { badgeGroups { id } }' }],
    ['one without a resolver', { query: '{ __typename }' }],
    ['a mutation with an error', { query: create, variables: { input: { rank: 1 } } }],
  ])('is logged as Yoga’s: %s', async (_title, params) => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const init = post(caller, params, { 'x-request-id': 'same', traceparent });
    await door.ask(init);
    expect((await door.send(init)).by).toBe('the door');
    const [yogas, own] = door.log.slice(-2).map(({ time, ...line }) => line);
    expect(Object.entries({ ...own, ms: 0 })).toEqual(Object.entries({ ...yogas, ms: 0 }));
    expect(own).toMatchObject({
      msg: 'request',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      userId: caller.userId,
      client: expect.any(String),
      ms: expect.any(Number),
    });
  });

  const app = 'https://app.example.com';
  test.each([
    [[], undefined],
    [[], app],
    [[app, 'http://localhost:3000'], undefined],
    [[app, 'http://localhost:3000'], app],
    [[app], 'https://evil.example'],
    [[app], `${app}, ${app}`],
    [[app], ''],
  ])('with the origins %j grants %s what Yoga grants it', async (corsOrigins, origin) => {
    const open = new WatchedDoor(held.service.db, { corsOrigins });
    const init = post(caller, { query: list }, origin === undefined ? {} : { origin });
    const asked = await open.ask(init);
    const sent = await open.send(init);
    expect(sent.by).toBe('the door');
    const read = (headers: Headers) =>
      Object.fromEntries([...headers].filter(([name]) => /^(vary$|access-control-)/.test(name)));
    expect(read(sent.headers)).toEqual(read(asked.headers));
    expect(sent.headers.get('vary')).toBe(corsOrigins.length > 0 ? 'Origin' : null);
    expect(sent.headers.get('access-control-allow-origin')).toBe(
      origin === app && corsOrigins.length > 0 ? app : null,
    );
  });
});

describe('The door hands to Yoga, with nothing begun,', () => {
  const held = useService('the embedded database');
  const prepared = 'query Prepared($first: Int! = 2) { badgeGroups(first: $first) { id } }';
  const several = 'query One { __typename } query Two { badgeGroups { id } }';
  const schema = '{ __schema { queryType { name } } }';
  const type = 'query ($name: String!) { __type(name: $name) { name } }';
  let door: WatchedDoor;
  let caller: TestCaller;

  beforeEach(async () => {
    door = new WatchedDoor(held.service.db);
    caller = await held.service.addCaller();
    await door.ask(post(caller, { query: prepared }));
    await door.ask(post(caller, { query: several, operationName: 'One' }));
    await door.ask(post(caller, { query: schema }));
    await door.ask(post(caller, { query: type, variables: { name: 'Query' } }));
    expect((await door.send(post(caller, { query: prepared }))).by).toBe('the door');
  });

  const graphql = { accept: 'application/graphql-response+json' };
  const withHeaders = (headers: Record<string, string>) => (own: TestCaller) =>
    post(own, { query: prepared }, headers);
  const withParams = (params: object) => (own: TestCaller) =>
    post(own, { query: prepared, ...params }, graphql);
  const withBody = (body: BodyInit) => (own: TestCaller) => ({ ...post(own, {}), body });

  test.each<[string, (own: TestCaller) => RequestInit, number, string | undefined, string?]>([
    ['a GET', (own) => ({ headers: { authorization: own.authorization } }), 400, 'BAD_REQUEST'],
    ['a PUT', (own) => ({ ...post(own, { query: prepared }), method: 'PUT' }), 405, 'BAD_REQUEST'],
    ['a query string', withHeaders({}), 200, undefined, '/graphql?x'],
    ['another path', withHeaders({}), 404, undefined, '/other'],
    ['a longer path', withHeaders({}), 404, undefined, '/graphql/'],
    ['a question of a preflight', withHeaders({ 'access-control-request-method': 'PUT' }), 200, undefined],
    ['another one', withHeaders({ 'access-control-request-headers': 'accept' }), 200, undefined],
    ['no credentials', withHeaders({ authorization: '' }), 401, 'UNAUTHENTICATED'],
    ['wrong credentials', withHeaders({ authorization: basic('a', 'b') }), 401, 'UNAUTHENTICATED'],
    ['another scheme', withHeaders({ authorization: 'Bearer a.b.c' }), 401, 'UNAUTHENTICATED'],
    ['what is new', withParams({ query: `${prepared} ` }), 200, undefined],
    ['what is not valid', withParams({ query: '{ nothing }' }), 422, 'GRAPHQL_VALIDATION_FAILED'],
    ['a name of no operation', withParams({ operationName: 'Other' }), 422, 'OPERATION_RESOLUTION_FAILURE'],
    ['an empty name', withParams({ operationName: '' }), 422, 'OPERATION_RESOLUTION_FAILURE'],
    [
      'two operations of which none is named',
      withParams({ query: several }),
      422,
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['broken JSON', withBody('{'), 400, 'BAD_REQUEST'],
    ['broken UTF-8', withBody(Buffer.from('{"query":"\xff"}', 'latin1')), 400, 'BAD_REQUEST'],
    ['nothing', withBody(''), 400, 'BAD_REQUEST'],
    ['null', withBody('null'), 400, 'BAD_REQUEST'],
    ['a number', withBody('1'), 400, 'BAD_REQUEST'],
    ['a batch', withBody(`[{"query":"${prepared}"}]`), 400, 'BAD_REQUEST'],
    ['no document', withParams({ query: null }), 422, 'BAD_REQUEST'],
    ['a document that is no text', withParams({ query: { prepared } }), 422, 'BAD_REQUEST'],
    ['a variable that does not fit', withParams({ variables: { first: 'x' } }), 422, 'BAD_USER_INPUT'],
    ['a null that may not be', withParams({ variables: { first: null } }), 422, 'BAD_USER_INPUT'],
    ['a list as variables', withParams({ variables: [] }), 422, 'BAD_REQUEST'],
    ['a text as variables', withParams({ variables: '{}' }), 422, 'BAD_REQUEST'],
    ['a list as extensions', withParams({ extensions: [] }), 422, 'BAD_REQUEST'],
    ['a number as extensions', withParams({ extensions: 1 }), 422, 'BAD_REQUEST'],
    ['the schema', withParams({ query: schema }), 200, undefined],
    ['a type', withParams({ query: type, variables: { name: 'BadgeGroup' } }), 200, undefined],
    ['who takes XML', withHeaders({ accept: 'application/xml' }), 406, 'BAD_REQUEST'],
    ['who takes HTML', withHeaders({ accept: 'text/html' }), 406, 'BAD_REQUEST'],
    ['plain text', withHeaders({ 'content-type': 'text/plain' }), 415, 'BAD_REQUEST'],
    ['what is compressed', withHeaders({ 'content-encoding': 'gzip' }), 415, 'BAD_REQUEST'],
  ])('%s', async (_title, write, status, code, path) => {
    const sent = await door.send(write(caller), path);
    expect(sent).toMatchObject({ by: 'Yoga', begun: undefined, status, code });
    const { text } = await door.ask(write(caller), path);
    expect(sent.text).toBe(text);
  });

  test('who has not been there', async () => {
    const other = await held.service.addCaller();
    expect(await door.send(post(other, { query: prepared }))).toMatchObject({
      by: 'Yoga',
      begun: undefined,
      status: 200,
    });
    expect((await door.send(post(other, { query: prepared }))).by).toBe('the door');
  });

  test('who has been away for ten seconds, and is revoked since or cannot be verified', async () => {
    const { db } = held.service;
    const name = Buffer.from(caller.authorization.slice('Basic '.length), 'base64').toString().split(':')[0];
    let isAway = false;
    const watched = new WatchedDoor(failStatements(db, () => isAway));
    const send = () => watched.send(post(caller, { query: prepared }));
    await watched.ask(post(caller, { query: prepared }));
    const now = vi.spyOn(performance, 'now');
    const passTo = (ms: number) => now.mockReturnValue(rememberedAt + ms);
    const rememberedAt = performance.now();
    passTo(10_001);
    expect((await send()).by).toBe('the door');
    passTo(20_002);
    isAway = true;
    expect(await send()).toMatchObject({ by: 'Yoga', begun: undefined, status: 503 });
    isAway = false;
    expect((await send()).by).toBe('the door');
    await revokeApiClient(db, name as string);
    passTo(30_003);
    expect(await send()).toMatchObject({ by: 'Yoga', begun: undefined, status: 401 });
  });

  test('what asks for too much, whatever it has asked for before', async () => {
    const ranks = Array.from({ length: 40 }, (_, index) => `a${index}: rank`);
    const query = `query ($n: Int!) { badgeGroups(first: $n) { ${ranks.join(' ')} } }`;
    const send = (n: number) => door.send(post(caller, { query, variables: { n } }));
    await send(1);
    for (let n = 0; n < 101; n += 1) expect((await send(n)).by).toBe('the door');
    expect(await send(1_000)).toMatchObject({
      by: 'Yoga',
      begun: undefined,
      status: 400,
      code: 'BAD_USER_INPUT',
    });
    expect((await send(2)).by).toBe('the door');
  });

  test('what strangers have prepared', async () => {
    const { authorization: _, ...headers } = post(caller, {}).headers;
    const params = { query: '{ strangers: __typename }' };
    expect(await door.send({ ...post(caller, params), headers })).toMatchObject({ status: 200 });
    expect((await door.send(post(caller, params))).by).toBe('Yoga');
    expect((await door.send(post(caller, params))).by).toBe('the door');
    expect((await door.send({ ...post(caller, params), headers })).by).toBe('Yoga');
  });
});

describe.each(databaseKinds)('What turns out wrong at the door on %s', (kind) => {
  const held = useService(kind);
  let caller: TestCaller;
  let gold: BadgeGroup;

  beforeEach(async () => {
    caller = await held.service.addCaller();
    gold = await caller.create({ name: 'Gold', rank: 1 });
  });

  /** A door at which `params` is prepared; from then on the statements that are chosen fail. */
  async function prepare(params: object, isChosen: (query: Query) => boolean) {
    let hasBegun = false;
    const failing = failStatements(held.service.db, (query) => hasBegun && isChosen(query));
    const { db, queries } = recordQueries(failing);
    const door = new WatchedDoor(db);
    expect(await door.ask(post(caller, params))).toMatchObject({ status: 200, code: undefined });
    hasBegun = true;
    queries.length = 0;
    return { door, queries };
  }

  test('is 503 without data where all of its statements fail, as it is past the door', async () => {
    const { door, queries } = await prepare({ query: list }, () => true);
    const init = post(caller, { query: list }, { 'x-request-id': 'same' });
    const sent = await door.send(init);
    expect([...(sent.begun?.outcomes.keys() ?? [])]).toEqual(['badgeGroups']);
    expect(sent).toMatchObject({
      by: 'Yoga',
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      body: { data: null },
    });
    expect(sent.headers.get('retry-after')).toBe('1');
    expect(queries).toHaveLength(1);
    const asked = await door.ask(init);
    expect([sent.status, sent.text]).toEqual([asked.status, asked.text]);
    expect(door.log.filter(({ msg }) => msg === 'request').slice(-2)).toMatchObject([
      { requestId: 'same', status: 503, codes: ['SERVICE_UNAVAILABLE'] },
      { requestId: 'same', status: 503, codes: ['SERVICE_UNAVAILABLE'] },
    ]);
  });

  test('leaves the outcome of the mutation before it, and sends each statement once', async () => {
    const query = `mutation ($a: String!, $b: String!, $c: String) {
      a: createBadgeGroup(input: { name: $a, rank: 1 }) { ... on BadgeGroup { name } }
      b: createBadgeGroup(input: { name: $b, rank: 1 }) { ... on BadgeGroup { name } }
      c: createBadgeGroup(input: { name: $c, rank: 1 }) { ... on BadgeGroupError { code } }
    }`;
    const prepared = { query, variables: { a: 'First', b: 'Second' } };
    const { door, queries } = await prepare(prepared, ({ parameters }) => parameters.includes('Bad'));
    const { begun, ...sent } = await door.send(post(caller, { query, variables: { a: 'Good', b: 'Bad' } }));
    expect([...(begun?.outcomes.keys() ?? [])]).toEqual(['a', 'b', 'c']);
    expect(sent).toMatchObject({
      status: 200,
      body: {
        data: { a: { name: 'Good' }, b: null, c: { code: 735 } },
        errors: [{ path: ['b'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      },
    });
    expect(door.log.at(-1)).toMatchObject({ codes: [735, 'SERVICE_UNAVAILABLE'] });
    expect(queries.map(({ parameters }) => parameters.includes('Good'))).toEqual([true, false]);
    expect((await caller.list()).map(({ name }) => name)).toEqual(['Gold', 'First', 'Second', 'Good']);
  });

  test.each([
    ['a list that may not be null', '{ badgeGroup(id: $id) { id } badgeGroups { id } }', 'limit', 2, 503],
    ['a count', '{ badgeGroupsConnection { totalCount edges { node { id } } } }', 'count', 2, 503],
    ['one of two groups', '{ badgeGroup(id: $id) { id } badgeGroups { id } }', 'any(', 2, 200],
  ])(
    'is answered as past the door, and sends nothing twice: %s',
    async (_title, text, fails, count, status) => {
      const query = text.replace('$id', `"${gold.id}"`);
      const { door, queries } = await prepare({ query }, ({ sql }) => sql.includes(fails));
      const init = post(caller, { query }, { 'x-request-id': 'same' });
      const sent = await door.send(init);
      expect(sent).toMatchObject({
        by: 'Yoga',
        status,
        code: 'SERVICE_UNAVAILABLE',
        begun: { record: { id: 'same' } },
      });
      expect(queries).toHaveLength(count);
      expect(sent.text).toBe((await door.ask(init)).text);
    },
  );

  test('that is a refusal of the resolver is told once, without a fault', async () => {
    const query = 'query ($n: Int!) { badgeGroups(first: $n) { id } other: badgeGroups { id } }';
    const { door, queries } = await prepare({ query, variables: { n: 1 } }, () => false);
    const init = post(caller, { query, variables: { n: -1 } });
    const sent = await door.send(init);
    expect(sent).toMatchObject({ by: 'Yoga', code: 'BAD_USER_INPUT', begun: { outcomes: expect.any(Map) } });
    expect(queries).toHaveLength(1);
    expect(sent.text).toBe((await door.ask(init)).text);
    expect(door.log.filter(({ msg }) => msg !== 'request')).toEqual([]);
  });

  test('when the answer is to be sent is not begun again', async () => {
    const createOf = (name: string) => ({ query: create, variables: { input: { name, rank: 1 } } });
    const { door, queries } = await prepare(createOf('First'), () => false);
    Object.defineProperty(door, 'stage', {
      get: () => {
        throw new Error('No stage.');
      },
    });
    await expect(door.send(post(caller, createOf('Second')))).rejects.toThrow('No stage.');
    expect(queries).toHaveLength(1);
    expect((await caller.list()).map(({ name }) => name)).toContain('Second');
  });
});

describe('A statement that hangs at the door', () => {
  const held = useService('the embedded database');
  let statements: HeldStatements;
  let door: WatchedDoor;
  let caller: TestCaller;
  let queries: Query[];

  const isHeld = ({ parameters }: Query) => parameters.includes('Held') || parameters.includes(7);

  beforeEach(async () => {
    caller = await held.service.addCaller();
    statements = holdStatements(held.service.db, isHeld);
    const recorded = recordQueries(statements.db);
    ({ queries } = recorded);
    door = new WatchedDoor(recorded.db);
  });

  afterEach(() => statements.release());

  /** Sends it when it has been prepared, and lets time go by when the statement hangs. */
  async function sendAndWait(
    query: string,
    [first, then]: readonly [object, object],
    ms: number,
  ): Promise<Sent> {
    expect((await door.ask(post(caller, { query, variables: first }))).code).toBe(undefined);
    queries.length = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const sending = door.send(post(caller, { query, variables: then }));
    await statements.held;
    vi.advanceTimersByTime(ms);
    return await sending;
  }

  test('is answered after 4.5 s, and is not sent again', async () => {
    const query = 'query ($n: Int!) { badgeGroups(first: $n) { id } }';
    const sent = await sendAndWait(query, [{ n: 1 }, { n: 7 }], 4_500);
    expect(sent).toMatchObject({
      ...{ by: 'Yoga', status: 503 },
      body: { errors: [{ message: 'The operation took too long; its outcome is unknown.' }] },
    });
    expect(queries).toHaveLength(1);
    expect(door.log.at(-1)).toMatchObject({ status: 503, codes: ['SERVICE_UNAVAILABLE'] });
  });

  test('goes on with its caller when it fails, though their credentials are remembered no longer', async () => {
    const query = 'query ($n: Int!) { badgeGroups(first: $n) { id } }';
    statements = holdStatements(failStatements(held.service.db, isHeld), isHeld);
    const { db, queries } = recordQueries(statements.db);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const now = vi.spyOn(performance, 'now');
    door = new WatchedDoor(db);
    await door.ask(post(caller, { query, variables: { n: 1 } }));
    queries.length = 0;
    const sending = door.send(post(caller, { query, variables: { n: 7 } }));
    await statements.held;
    now.mockReturnValue(performance.now() + 10_001);
    vi.advanceTimersByTime(10);
    statements.release();
    expect(await sending).toMatchObject({
      by: 'Yoga',
      status: 503,
      begun: { caller: { orgId: caller.orgId } },
    });
    expect(queries).toHaveLength(1);
    expect(door.log.at(-1)).toMatchObject({ orgId: caller.orgId, status: 503 });
  });

  test.each([
    ['is the last of its connection when the service has begun to close', 'closing', 'close'],
    ['is not the last of its connection when the service is only about to close', 'leaving', null],
  ] as const)('%s in the meantime', async (_title, stage, connection) => {
    const query = 'query ($n: Int!) { badgeGroups(first: $n) { id } }';
    await door.ask(post(caller, { query, variables: { n: 1 } }));
    const sending = door.send(post(caller, { query, variables: { n: 7 } }));
    await statements.held;
    door.stage = stage;
    statements.release();
    const { by, status, headers } = await sending;
    door.stage = 'serving';
    expect({ by, status, connection: headers.get('connection') }).toEqual({
      ...{ by: 'the door', status: 200, connection },
    });
  });

  test('leaves the outcomes of the mutations before it, and begins none after it', async () => {
    const field = (key: string) =>
      `${key}: createBadgeGroup(input: { name: $${key}, rank: 1 }) { __typename }`;
    const query = `mutation ($a: String!, $b: String!, $c: String!) { ${field('a')} ${field('b')} ${field('c')} }`;
    const names = [
      { a: 'A', b: 'B', c: 'C' },
      { a: 'Before', b: 'Held', c: 'After' },
    ] as const;
    const sent = await sendAndWait(query, names, 4_200);
    expect(sent).toMatchObject({
      ...{ by: 'Yoga', status: 200 },
      body: {
        data: { a: { __typename: 'BadgeGroup' }, b: null, c: null },
        errors: [{ path: ['b'] }, { path: ['c'] }],
      },
    });
    expect(queries.map(({ parameters }) => parameters.includes('Before'))).toEqual([true, false]);
  });
});

describe('On a socket, the door', () => {
  const held = useService('the embedded database');
  const query = 'query ($text: ID! = "") { badgeGroups { id } again: badgeGroup(id: $text) { id } }';
  const answer = '{"data":{"badgeGroups":[],"again":null}}';
  let door: WatchedDoor;
  let caller: TestCaller;
  let url: URL;

  beforeEach(async () => {
    door = new WatchedDoor(held.service.db);
    caller = await held.service.addCaller();
    url = await door.listen();
    expect(await (await fetch(url, post(caller, { query }))).text()).toBe(answer);
  });

  afterEach(() => door.stopListening());

  function write(
    body: Uint8Array | string,
    { version = '1.1', length = Buffer.byteLength(body), headers = '' } = {},
  ): Buffer {
    const head = [
      `POST /graphql HTTP/${version}`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `authorization: ${caller.authorization}`,
      `content-length: ${length}`,
    ];
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n${headers}\r\n`), Buffer.from(body)]);
  }

  async function open(): Promise<Socket> {
    const socket = connect(Number(url.port), url.hostname);
    socket.setNoDelay();
    await once(socket, 'connect');
    return socket;
  }

  test('reads a body of many pieces, cut within a character', async () => {
    const socket = await open();
    const body = Buffer.from(JSON.stringify({ query, variables: { text: 'é💥' } }));
    const start = body.indexOf('💥');
    const [head, tail] = [body.subarray(0, start + 2), body.subarray(start + 2)];
    socket.write(
      write('', { length: body.length, headers: 'expect: 100-continue\r\nconnection: close\r\n' }),
    );
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 100 /);
    const answering = text(socket);
    for (const piece of [head, tail.subarray(0, 1), tail.subarray(1)]) {
      await new Promise((resolve) => socket.write(piece, resolve));
      // In the meantime the server has read it.
      expect((await fetch(new URL('/health', url))).status).toBe(200);
    }
    expect(await answering).toMatch(endsWith(answer));
    expect(door.passages).toEqual(['answered']);
  });

  test.each([
    ['a body that is too long', 'POST /graphql', 100_001, 413],
    ['a path that is none', 'POST /no/../graphql', 10, 404],
    ['a path with nothing', 'POST /nowhere', 100_001, 404],
  ])(
    'asks for no body that it will not take, of who waits for that: %s',
    async (_title, target, length, status) => {
      const socket = await open();
      const { authorization } = caller;
      const lines = [
        `${target} HTTP/1.1`,
        `host: ${url.host}`,
        `authorization: ${authorization}`,
        'content-type: application/json',
        `content-length: ${length}`,
        'expect: 100-continue',
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      // Nothing of the next request is taken for the body of this one.
      const answer = await text(socket);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer.toLowerCase()).toContain('connection: close');
    },
  );

  describe('a body', () => {
    const whole = (body: string) => body;
    const inPieces = (body: string) => new Blob([body]).stream();

    async function send(length: number, divide: typeof whole | typeof inPieces) {
      const body = divide(JSON.stringify({ query }).padEnd(length, ' '));
      const response = await fetch(url, { ...post(caller, {}), body, duplex: 'half' } as RequestInit);
      return { status: response.status, message: (await response.json()).errors?.[0].message };
    }

    test.each([
      ['in one piece', whole, 'The body has 100001 bytes, and may have 100000 at most: send less at once.'],
      ['in pieces', inPieces, 'The body has more than 100000 bytes: send less at once.'],
    ])('has 100,000 bytes at most, sent %s', async (_title, divide, message) => {
      expect(await send(100_000, divide)).toEqual({ status: 200, message: undefined });
      expect(door.passages).toEqual(['answered']);
      expect(await send(100_001, divide)).toEqual({ status: 413, message });
      expect(door.passages).toEqual(['answered']);
    });
  });

  test('hands over what it has read, down to nothing', async () => {
    for (const body of ['', '{', JSON.stringify({ query: '{ nothing }' })]) {
      const response = await fetch(url, { ...post(caller, {}), body });
      const asked = await door.ask({ ...post(caller, {}), body });
      expect([response.status, await response.text()]).toEqual([asked.status, asked.text]);
    }
    expect(door.passages).toEqual(['handed over', 'handed over', 'handed over']);
  });

  test('logs what it hands over as beginning with its head, however late the body comes', async () => {
    const socket = await open();
    const body = JSON.stringify({ query: '{ late: __typename }' });
    socket.write(write('', { length: body.length, headers: 'connection: close\r\n' }));
    await sleep(300);
    socket.write(body);
    expect(await text(socket)).toContain('"late":"Query"');
    expect(door.log.at(-1)?.['ms']).toBeGreaterThan(290);
  });

  test('hands over what it has begun', async () => {
    const { db, queries } = recordQueries(
      failStatements(held.service.db, ({ parameters }) => parameters.includes('Bad')),
    );
    const failing = new WatchedDoor(db);
    const failingUrl = await failing.listen();
    const query = `mutation ($a: String!, $b: String!) {
      a: createBadgeGroup(input: { name: $a, rank: 1 }) { __typename }
      b: createBadgeGroup(input: { name: $b, rank: 1 }) { __typename }
    }`;
    await failing.ask(post(caller, { query, variables: { a: 'First', b: 'Second' } }));
    queries.length = 0;
    const response = await fetch(failingUrl, post(caller, { query, variables: { a: 'Good', b: 'Bad' } }));
    expect(await response.json()).toMatchObject({
      data: { a: { __typename: 'BadgeGroup' }, b: null },
      errors: [{ path: ['b'] }],
    });
    expect(queries).toHaveLength(2);
    expect(failing.passages).toEqual(['handed over']);
    await failing.stopListening();
  });

  test('goes on when a client has gone amid its body, of which nothing is carried out', async () => {
    const query = 'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename } }';
    await door.ask(post(await held.service.addCaller(), { query }));
    const others = await door.countConnections();
    const socket = await open();
    const body = JSON.stringify({ query });
    socket.write(write(body, { length: body.length + 1 }));
    await expect.poll(() => door.countConnections()).toBe(others + 1);
    socket.destroy();
    await expect.poll(() => door.countConnections()).toBe(others);
    const response = await fetch(url, post(caller, { query: list }));
    expect(await response.json()).toEqual({ data: { badgeGroups: [] } });
    expect(door.passages).toEqual(['handed over']);
  });

  test('carries out what a client asked for that has gone before its answer', async () => {
    const statements = holdStatements(held.service.db, ({ parameters }) => parameters.includes('Held'));
    const slow = new WatchedDoor(statements.db);
    url = await slow.listen();
    const params = (name: string) => ({ query: create, variables: { input: { name, rank: 1 } } });
    await fetch(url, post(caller, params('First')));
    const socket = await open();
    socket.write(write(JSON.stringify(params('Held'))));
    await statements.held;
    const before = await slow.countConnections();
    socket.destroy();
    await expect.poll(() => slow.countConnections()).toBe(before - 1);
    statements.release();
    await expect.poll(() => slow.passages).toEqual(['answered']);
    const sent = await (await fetch(url, post(caller, params('Held')))).json();
    expect(sent).toMatchObject({ data: { createBadgeGroup: { code: 733 } } });
    await slow.stopListening();
  });

  test('answers many requests on one connection in their order', async () => {
    const socket = await open();
    const aliases = Array.from({ length: 60 }, (_, index) => `a${index}`);
    const documents = aliases.map((alias, index) =>
      index % 3 === 0 ? `{ ${alias}: __typename }` : `{ ${alias}: badgeGroups { id } }`,
    );
    for (const document of documents.slice(0, 50)) await door.ask(post(caller, { query: document }));
    const requests = documents.map((query, index) =>
      write(JSON.stringify({ query }), { headers: index === 59 ? 'connection: close\r\n' : '' }),
    );
    socket.write(Buffer.concat(requests));
    const answers = await text(socket);
    expect([...answers.matchAll(/"data":\{"(a\d+)"/g)].map(([, alias]) => alias)).toEqual(aliases);
    expect(door.passages.filter((passage) => passage === 'answered')).toHaveLength(50);
  });

  test('answers HTTP/1.0', async () => {
    const answered = await sendRaw(url.href, write(JSON.stringify({ query }), { version: '1.0' }), 5_000);
    expect(answered).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answered).toMatch(endsWith(answer));
    expect(door.passages).toEqual(['answered']);
  });

  test('says in its head what Yoga says', async () => {
    const headers = async (path: string) =>
      Object.fromEntries(
        (await fetch(new URL(path, url), post(caller, { query }, { 'x-request-id': 'same' }))).headers,
      );
    const [{ date: _, ...own }, { date: __, ...yogas }] = [
      await headers('/graphql'),
      await headers('/graphql?'),
    ];
    expect(own).toEqual(yogas);
    expect(door.passages).toEqual(['answered']);
  });
});

function endsWith(body: string): RegExp {
  return new RegExp(`\\r\\n\\r\\n${RegExp.escape(body)}$`);
}

/** Expressions match texts. */
function asMatcher(value: unknown): unknown {
  if (value instanceof RegExp) return expect.stringMatching(value);
  if (Array.isArray(value)) return value.map(asMatcher);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asMatcher(entry)]));
}
