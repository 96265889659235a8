import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { connectPatiently, databaseKinds, openTestDatabase } from '../../support/databases.ts';
import { CreateBadgeGroup } from '../../support/graphql.ts';
import { generateSigningKey, sign, useOAuthService } from '../../support/oauth-server.ts';
import { basic, type TestCaller, TestService, useService } from '../../support/service.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const query = '{ badgeGroups { id } }';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('The id of a request', () => {
  const held = useService('the embedded database');

  const readId = async (id: string) => {
    const response = await held.service.fetch('/health', { headers: { 'x-request-id': id } });
    return response.headers.get('x-request-id');
  };

  test.each(['1', 'a.b_c:d-E', '0af7651916cd43dd8448eb211c80319c', 'x'.repeat(128)])(
    'is the client’s: %s',
    async (id) => {
      expect(await readId(id)).toBe(id);
    },
  );

  test.each(['', 'a b', 'a"b', 'a,b', 'a{b}', 'ä', '../a', 'x'.repeat(129)])(
    'is another one than what is not well formed: %s',
    async (id) => {
      expect(await readId(id)).toMatch(uuid);
    },
  );

  test('is new for each request that brings none', async () => {
    const ids = await Promise.all(
      ['/health', '/health'].map(async (path) =>
        (await held.service.fetch(path)).headers.get('x-request-id'),
      ),
    );
    expect(ids).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)]);
    expect(new Set(ids).size).toBe(2);
  });

  test.each([
    [200, '/health', {}],
    [200, '/ready', {}],
    [404, '/nowhere', {}],
    [200, '/graphql', { headers: { accept: 'text/html' } }],
    [302, '/', { headers: { accept: 'text/html' } }],
    [401, '/graphql', json(query)],
    [401, '/graphql', json('{ __typename }', { authorization: basic('demo', 'wrong') })],
    [200, '/graphql', json('{ __typename }')],
    [200, '/graphql', json('{')],
    [400, '/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }],
    [415, '/graphql', { method: 'POST', body: 'x' }],
    [413, '/graphql', json('#'.repeat(200_000))],
    [405, '/graphql', { method: 'PUT' }],
    [204, '/graphql', { method: 'OPTIONS' }],
  ] satisfies [number, string, RequestInit][])('is told with the %i of %s', async (status, path, init) => {
    const headers = { ...('headers' in init ? init.headers : {}), 'x-request-id': 'abc' };
    const response = await held.service.fetch(path, { ...init, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-request-id')).toBe('abc');
  });
});

describe('The log', () => {
  const held = useService('the embedded database');

  test('has one line for each GraphQL request, with what was answered and how long it took', async () => {
    const service = held.service.with();
    const caller = await service.addCaller();
    const { authorization } = caller;
    const document = 'query Groups { badgeGroups { id } } query Other { __typename }';
    await ask(service, document, { authorization }, { operationName: 'Groups' });
    await ask(service, query, { authorization });
    await ask(service, '{ __typename }');
    expect(readLog(service)).toEqual([
      { ...line, operation: 'Groups', ...identify(caller), codes: [] },
      { ...line, ...identify(caller), codes: [] },
      { ...line, codes: [] },
    ]);
  });

  test('has none for what is no GraphQL request', async () => {
    const service = held.service.with();
    for (const path of ['/health', '/ready', '/nowhere', '/']) await service.fetch(path);
    await service.fetch('/graphql', { method: 'OPTIONS' });
    await service.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(readLog(service)).toEqual([]);
  });

  test('names the codes of typed errors, and of the others', async () => {
    const service = held.service.with();
    const caller = await service.addCaller();
    const { authorization } = caller;
    const create = (alias: string, input: string) =>
      `${alias}: createBadgeGroup(input: ${input}) { __typename }`;
    const creates = [
      create('a', '{ rank: 1 }'),
      create('b', '{ name: "Gold", rank: 1 }'),
      create('c', '{ name: "Gold", rank: 1 }'),
      create('d', '{ rank: 1 }'),
    ];
    await ask(service, `mutation { ${creates.join(' ')} }`, { authorization });
    await ask(service, '{ badgeGroups(first: -1) { id } }', { authorization });
    await ask(service, '{ nonsense more }', { authorization });
    await ask(service, query);
    await ask(service, '{');
    expect(readLog(service)).toEqual([
      { ...line, ...identify(caller), codes: [735, 733] },
      { ...line, ...identify(caller), codes: ['BAD_USER_INPUT'] },
      { ...line, ...identify(caller), codes: ['GRAPHQL_VALIDATION_FAILED'] },
      { ...line, status: 401, codes: ['UNAUTHENTICATED'] },
      { ...line, codes: ['GRAPHQL_PARSE_FAILED'] },
    ]);
  });

  test.each([
    ['the trace that a client names', `00-${traceId}-00f067aa0ba902b7-01`, traceId],
    ['the same by a later version', `cc-${traceId}-00f067aa0ba902b7-00-more`, traceId],
    ['no trace that is all zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    ['none of a span that is all zeros', `00-${traceId}-${'0'.repeat(16)}-01`, undefined],
    ['none of a version that there cannot be', `ff-${traceId}-00f067aa0ba902b7-01`, undefined],
    ['none in upper case', `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`, undefined],
    ['none that is longer', `00-${traceId}a-00f067aa0ba902b7-01`, undefined],
    ['nothing that would break the line', '00-"}', undefined],
  ])('has %s', async (_title, traceparent, expected) => {
    const service = held.service.with();
    await ask(service, '{ __typename }', { traceparent });
    expect(readLog(service)).toEqual([{ ...line, ...(expected && { traceId: expected }), codes: [] }]);
  });

  test('has nobody’s name for wrong credentials', async () => {
    const service = held.service.with();
    await ask(service, query, { authorization: basic('till', 'wrong') });
    expect(readLog(service)).toEqual([{ ...line, status: 401, codes: ['UNAUTHENTICATED'] }]);
  });

  test('keeps an operation’s name to a hundred characters', async () => {
    const service = held.service.with();
    await ask(service, `query ${'x'.repeat(5_000)} { __typename }`);
    expect(readLog(service)).toEqual([{ ...line, operation: 'x'.repeat(100), codes: [] }]);
  });
});

describe('The log names the client of a token', () => {
  const held = useOAuthService('the embedded database');

  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['by client_id', { client_id: 'app', azp: 'other' }, 'app'],
    ['by azp where there is no other', { azp: 'app' }, 'app'],
    [
      'whatever characters it has',
      { client_id: 'a","orgId":1,"x":"\n\u2028\ud800' },
      'a","orgId":1,"x":"\n\u2028\ufffd',
    ],
    ['to a hundred characters', { client_id: 'x'.repeat(5_000) }, 'x'.repeat(100)],
    ['not where it is no text', { client_id: { name: 'app' } }, undefined],
    ['not where there is none', {}, undefined],
  ])('%s', async (_title, claims, clientId) => {
    const service = held.service.with({ oauth: held.oauth.config });
    const token = await sign(held.oauth.claims(claims), held.oauth.key);
    const caller = { orgId: 100737, userId: 75197372, ...(clientId && { clientId }) };
    // Yoga answers the first one, and the door the second one.
    for (const _by of ['Yoga', 'the door']) await ask(service, query, { authorization: `Bearer ${token}` });
    expect(readLog(service)).toEqual(Array(2).fill({ ...line, ...caller, codes: [] }));
  });

  test('and not of one that is not good', async () => {
    const service = held.service.with({ oauth: held.oauth.config });
    const token = await sign(held.oauth.claims({ client_id: 'app' }), await generateSigningKey());
    await ask(service, query, { authorization: `Bearer ${token}` });
    expect(readLog(service)).toEqual([{ ...line, status: 401, codes: ['UNAUTHENTICATED'] }]);
  });
});

describe.each(databaseKinds)('A fault on %s', (kind) => {
  const held = useService(kind, {}, openTestDatabase);

  test('is logged once, however many fields it hits, and told with each', async () => {
    const service = held.service.with();
    const { authorization } = await service.addCaller();
    await sql`alter table badge_group rename column rank to level`.execute(service.db);
    const find = (_: unknown, index: number) => `a${index}: badgeGroup(id: "${'0'.repeat(24)}") { id }`;
    const found = Array.from({ length: 9 }, find);
    const response = await ask(service, `{ badgeGroupByName(name: "x") { id } ${found.join(' ')} }`, {
      authorization,
    });
    await sql`alter table badge_group rename column level to rank`.execute(service.db);
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    const extensions = { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) };
    expect(errors).toEqual(Array.from({ length: 10 }, () => expect.objectContaining({ extensions })));
    const log = readLog(service);
    expect(log.map(({ msg }) => msg)).toEqual([errors[0]?.message, 'request']);
    expect(log.at(-1)).toMatchObject({ codes: ['INTERNAL_SERVER_ERROR'] });
  });

  test('is told by the id under which it is logged, once', async () => {
    const service = held.service.with();
    const caller = await service.addCaller();
    const { authorization } = caller;
    await sql`alter table badge_group rename column rank to level`.execute(service.db);
    const given = {
      authorization,
      'x-request-id': 'fault-1',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    };
    const response = await ask(service, query, given);
    await sql`alter table badge_group rename column level to rank`.execute(service.db);
    expect(response.headers.get('x-request-id')).toBe('fault-1');
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'fault-1' } }],
    });
    expect(readLog(service)).toEqual([
      {
        level: 50,
        requestId: 'fault-1',
        traceId,
        ...identify(caller),
        path: ['badgeGroups'],
        cause: {
          type: 'error',
          code: '42703',
          message: 'column "rank" does not exist',
          stack: expect.any(String),
        },
        msg: 'Something went wrong inside the service.',
      },
      {
        ...line,
        requestId: 'fault-1',
        traceId,
        status: 200,
        ...identify(caller),
        codes: ['INTERNAL_SERVER_ERROR'],
      },
    ]);
  });

  test('leaves no name, document, variable or credential in the log, whatever the database says of the row', async () => {
    const service = held.service.with();
    const name = 'tester-of-logs';
    const { authorization } = await service.addCaller();
    await sql`alter table badge_group add constraint no_silver check (name not like 'Silver%')`.execute(
      service.db,
    );
    for (const given of ['Silver-hush', 'Gold-hush']) {
      const input = { name: given, rank: 1471147741 };
      await service.execute(CreateBadgeGroup, { input }, { authorization });
      await ask(
        service,
        `mutation { createBadgeGroup(input: { name: "${given}", rank: 1471147741 }) { codeHush: __typename } }`,
        { authorization },
      );
      await ask(service, `{ badgeGroup(id: "hush") { id } }`, { authorization });
    }
    await ask(service, query, { authorization: basic(name, 'secret-hush') });
    await ask(service, `query ($name: String = "hush") { __typename }`, { authorization });
    await sql`alter table badge_group drop constraint no_silver`.execute(service.db);
    const log = service.log.join('');
    expect(readLog(service).filter(({ level }) => level === 50)).toHaveLength(2);
    expect(log).toContain('no_silver');
    expect(log).not.toMatch(/hush|1471147741|tester-of-logs/i);
    expect(log).not.toContain(authorization.slice('Basic '.length));
    expect(log).not.toContain(Buffer.from(authorization.slice('Basic '.length), 'base64').toString());
  });
});

test('A database that is away is told by the id under which it is logged, without a stack', async () => {
  const db = connectPatiently('postgres://postgres:secret-hush@127.0.0.1:1/postgres');
  const service = new TestService({ db, url: undefined, close: () => db.destroy() });
  const response = await ask(service, query, { authorization: basic('a', 'b') });
  await service.close();
  const requestId = response.headers.get('x-request-id');
  expect(requestId).toMatch(uuid);
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', requestId } }],
  });
  expect(readLog(service)).toEqual([
    {
      level: 40,
      requestId,
      cause: { type: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:1' },
      msg: 'The service cannot reach its database for now; try again.',
    },
    { ...line, requestId, status: 503, codes: ['SERVICE_UNAVAILABLE'] },
  ]);
});

/** The line of a request that went well. */
const line = {
  level: 30,
  requestId: expect.stringMatching(uuid),
  status: 200,
  ms: expect.any(Number),
  msg: 'request',
};

/** What a line says of a caller who has come by an API client. */
function identify({ orgId, userId, authorization }: TestCaller): object {
  const [client] = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':');
  return { orgId, userId, client };
}

/** The lines of the log, without what is the same in all of them. */
function readLog({ log }: TestService): Record<string, unknown>[] {
  return log.map((text) => {
    const { time, pid, hostname, ...entry } = JSON.parse(text);
    return entry;
  });
}

function json(document: string, headers: Record<string, string> = {}, params: object = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: document, ...params }),
  };
}

async function ask(
  service: TestService,
  document: string,
  headers?: Record<string, string>,
  params?: object,
): Promise<Response> {
  return await service.fetch('/graphql', json(document, headers, params));
}
