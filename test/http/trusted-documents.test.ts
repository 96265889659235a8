import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { basic, type TestCaller, useService } from '../support/service.ts';
import { post, WatchedDoor } from '../support/watched-door.ts';

const list = 'query Groups($first: Int! = 5) {\n  badgeGroups(first: $first) {\n    name\n  }\n}';
const create =
  'mutation Create($name: String) { createBadgeGroup(input: { name: $name, rank: 1 }) { __typename } }';
const other = 'query Groups { badgeGroups { id } }';
const id = createHash('sha256').update(list).digest('hex');
const secret = 'a-secret-of-the-gateway-of-32-characters';

const config: Partial<Config> = {
  trustedDocuments: {
    file: 'manifest.json',
    documents: new Map([
      [id, list],
      ['create', create],
    ]),
  },
  gatewaySecrets: ['another-secret-that-is-on-its-way-out', secret],
};

const notTrusted = { status: 422, code: 'PERSISTED_QUERY_NOT_IN_LIST' };
const accept = { accept: 'application/graphql-response+json' };

describe('Where only trusted documents run', () => {
  const held = useService('the embedded database', config);
  let caller: TestCaller;
  let door: WatchedDoor;

  beforeAll(async () => {
    caller = await held.service.addCaller();
    await caller.execute(create, { name: 'Gold' });
  });
  beforeEach(() => {
    door = new WatchedDoor(held.service.db, config);
  });

  const send = async (params: object, headers: Record<string, string> = {}) =>
    await door.send(post(caller, params, { ...accept, ...headers }));
  const data = { badgeGroups: [{ name: 'Gold' }] };

  test.each([
    [
      'its id, as Apollo’s clients and urql send it',
      { extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
    ],
    ['its id as documentId', { documentId: id }],
    ['its id, as Relay has it', { doc_id: id, query: null }],
    ['its id alone', { id, variables: null }],
    ['its text', { query: list }],
    ['its text and its id', { query: list, id }],
  ])('a document runs by %s, and the next time by the door', async (_title, params) => {
    expect(await send(params)).toMatchObject({ by: 'Yoga', status: 200, body: { data } });
    expect(await send(params)).toMatchObject({ by: 'the door', status: 200, body: { data } });
    const none = { ...params, variables: { first: 0 } };
    expect(await send(none)).toMatchObject({ by: 'the door', body: { data: { badgeGroups: [] } } });
  });

  test('a document runs by its text in another layout', async () => {
    const query = `# A comment\n${list.replaceAll(/\s+/g, '  ')},`;
    expect(await send({ query })).toMatchObject({ status: 200, body: { data } });
    expect(await send({ query })).toMatchObject({ status: 200, body: { data } });
  });

  test('a query runs by its id in a GET, and a mutation does not', async () => {
    const get = (search: string) =>
      door.send(
        {
          headers: { ...accept, authorization: caller.authorization, 'x-graphql-yoga-csrf': '1' },
        },
        `/graphql?${search}`,
      );
    for (const name of ['documentId', 'id', 'doc_id'])
      expect(await get(`${name}=${id}`)).toMatchObject({ status: 200, body: { data } });
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: id } });
    expect(await get(`extensions=${encodeURIComponent(extensions)}`)).toMatchObject({ body: { data } });
    expect(await get('id=create')).toMatchObject({ status: 405 });
    expect(await get(`id=${id}0`)).toMatchObject(notTrusted);
  });

  test.each([
    ['another document', { query: other }],
    ['a part of one', { query: '{ badgeGroups { name } }' }],
    [
      'one beside another',
      { query: `${list} ${other.replace('Groups', 'Others')}`, operationName: 'Groups' },
    ],
    ['introspection beside groups', { query: '{ __schema { queryType { name } } badgeGroups { name } }' }],
    ['another document with a good id', { query: other, documentId: id }],
    ['an unknown id', { id: 'unknown' }],
    ['an id that every object has', { id: 'constructor' }],
    ['a hash of nothing known', { extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } }],
  ])('%s is refused, and not carried out, also when it has run for a gateway', async (_title, params) => {
    expect(await send(params)).toMatchObject({ by: 'Yoga', begun: undefined, ...notTrusted });
    const asGateway = await send(params, { 'x-gateway-secret': secret });
    expect(asGateway.status).toBe('query' in params ? 200 : 422);
    expect(await send(params)).toMatchObject({ by: 'Yoga', begun: undefined, ...notTrusted });
  });

  test('a request without document and id is refused', async () => {
    for (const params of [{}, { query: '' }, { id: 1 }, { extensions: { persistedQuery: {} } }])
      expect((await send(params)).status).toBe(422);
  });

  test('introspection runs, without credentials, too', async () => {
    for (const query of ['{ __schema { queryType { name } } }', '{ _service { sdl } }', '{ __typename }']) {
      expect(await send({ query })).toMatchObject({ status: 200, code: undefined });
      expect(await held.service.execute(query)).toMatchObject({ status: 200, errors: undefined });
    }
  });

  test('credentials are asked for first, and wrong ones refused', async () => {
    expect((await held.service.execute(other)).status).toBe(401);
    expect((await held.service.execute(list)).status).toBe(401);
    expect((await send({ id }, { authorization: basic('a', 'b') })).status).toBe(401);
  });

  test.each([
    ['its secret', secret, 200],
    ['the other secret', 'another-secret-that-is-on-its-way-out', 200],
    ['a wrong secret', `${secret}!`, 422],
    ['nothing', '', 422],
    ['both', `another-secret-that-is-on-its-way-out,${secret}`, 422],
  ])(
    'a gateway with %s that asks for what it likes is answered with %s: %i',
    async (_title, given, status) => {
      for (const _ of [1, 2])
        expect((await send({ query: other }, { 'x-gateway-secret': given })).status).toBe(status);
      const stranger = await held.service.execute(other, {}, { 'x-gateway-secret': given });
      expect(stranger.status).toBe(401);
    },
  );

  test('a refusal names its code in the log, and nothing of the document', async () => {
    await send({ query: other });
    expect(door.log).toMatchObject([{ msg: 'request', status: 422, codes: ['PERSISTED_QUERY_NOT_IN_LIST'] }]);
    expect(JSON.stringify(door.log)).not.toContain('badgeGroups');
  });
});

describe('Without a manifest', () => {
  const held = useService('the embedded database');

  test('every document runs, and ids and secrets are nothing', async () => {
    const door = new WatchedDoor(held.service.db, { gatewaySecrets: [secret] });
    const caller = await held.service.addCaller();
    const send = (params: object) =>
      door.send(post(caller, params, { ...accept, 'x-gateway-secret': secret }));
    for (const by of ['Yoga', 'the door'])
      expect(await send({ query: other, id })).toMatchObject({ by, status: 200 });
    for (const params of [{ id }, { documentId: id }, { doc_id: id }])
      expect(await send(params)).toMatchObject({ status: 422, code: 'BAD_REQUEST' });
  });
});
