import { beforeAll, describe, expect, test } from 'vitest';
import { failStatements } from '../support/failing-statements.ts';
import { sendRaw } from '../support/raw-request.ts';
import { basic, type TestCaller, useService } from '../support/service.ts';

// What GraphQL over HTTP (September 2026) asks of a server, sentence by sentence, in its order and by its sections.
// `npm run conformance` prints it as a table. Left out are what it asks of clients alone, its notes and examples, which
// are not normative, and the server that is a teapot.

declare module 'vitest' {
  interface TaskMeta {
    /** Whether the sentence is held, where that is not simply `yes`, and why. */
    held?: string;
  }
}

const json = 'application/json';
const graphqlResponse = 'application/graphql-response+json';
const noPage = { 'x-graphql-yoga-csrf': '1' };

const held = useService('a Postgres server');
let caller: TestCaller;
beforeAll(async () => {
  caller = await held.service.addCaller();
});

/** Something that is asked of a server: its level, the sentence, what shows what we do, and whether that holds it. */
function requirement(
  level: 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT',
  sentence: string,
  check: () => Promise<void>,
  isHeld?: string,
): void {
  test(`${level}: ${sentence}`, async ({ task }) => {
    if (isHeld !== undefined) task.meta.held = isHeld;
    await check();
  });
}

describe('URL', () => {
  requirement(
    'MUST',
    'A server MUST enable GraphQL requests to one or more GraphQL schemas.',
    async () => await expectData(await ask({ query: '{ badgeGroups { id } }' }), { badgeGroups: [] }),
  );
  requirement(
    'MUST',
    'Each GraphQL schema a server provides MUST be served via one or more URLs.',
    async () => {
      const response = await ask({ query: '{ __schema { queryType { name } } }' });
      await expectData(response, { __schema: { queryType: { name: 'Query' } } });
    },
  );
  requirement(
    'SHOULD',
    'A server MAY forbid individual requests […]; when doing so it SHOULD use the relevant 4xx or 5xx status code.',
    async () => {
      await expectErrors(await ask(groups, { authorization: basic('a', 'b') }), 401);
      const bareGet = await held.service.fetch(`/graphql?${new URLSearchParams(typename)}`);
      expect(bareGet.status).toBe(400);
    },
  );
  requirement(
    'SHOULD NOT',
    'This decision SHOULD NOT be based on the contents of a well-formed GraphQL-over-HTTP request.',
    async () => {
      await expectData(await askAsStranger(typename), { __typename: 'Query' });
      await expectErrors(await askAsStranger(groups), 401);
    },
    'no: without credentials the schema may be read, and all else is refused',
  );
});

describe('Serialization Format', () => {
  requirement('MUST', 'Servers and clients MUST support JSON […]', async () => {
    await expectData(await ask(typename), { __typename: 'Query' });
  });
});

describe('Media Types', () => {
  requirement(
    'MUST',
    'If the media type in a Content-Type or Accept header does not include encoding information […], then utf-8 MUST be assumed',
    async () => {
      const name = 'Größe 💎';
      const query = `mutation { createBadgeGroup(input: { name: "${name}", rank: 1 }) { ... on BadgeGroup { name } } }`;
      const body = new TextEncoder().encode(JSON.stringify({ query }));
      const response = await send({ body });
      expect(response.headers.get('content-type')).toBe(`${graphqlResponse}; charset=utf-8`);
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await response.arrayBuffer());
      expect(JSON.parse(text)).toEqual({ data: { createBadgeGroup: { name } } });
    },
  );
});

describe('Request', () => {
  requirement('MUST', 'A server MUST accept POST requests […]', async () => {
    await expectData(await ask(typename), { __typename: 'Query' });
  });
});

describe('Request, GET', () => {
  requirement(
    'MUST',
    'For HTTP GET requests, the GraphQL-over-HTTP request parameters MUST be provided in the query component of the request URL […]',
    async () => {
      const query = 'query A($n: Int!) { badgeGroups(first: $n) { id } } query B { __typename }';
      const params = { query, operationName: 'A', variables: '{"n":0}', extensions: '{"a":1}' };
      await expectData(await get(params), { badgeGroups: [] });
    },
  );
  requirement(
    'MUST',
    'The query parameter MUST be the string representation of the source text of the document […]',
    async () => {
      await expectData(await get({ query: '{ __typename } # 100 % + 1' }), { __typename: 'Query' });
    },
  );
  requirement('MUST', 'The operationName parameter, if present, must be a string.', async () => {
    const query = 'query null { __typename }';
    await expectData(await get({ query, operationName: 'null' }), { __typename: 'Query' });
    await expectData(await get({ query, operationName: '' }), { __typename: 'Query' });
  });
  requirement(
    'MUST',
    'Each of the variables and extensions parameters, if present and not the empty string, MUST be encoded as a JSON string.',
    async () => {
      await expectData(await get({ ...typename, variables: '', extensions: '' }), { __typename: 'Query' });
      await expectErrors(await get({ ...typename, variables: '{' }), 400);
      await expectErrors(await get({ ...typename, extensions: '1' }), 422);
    },
  );
  requirement(
    'MUST NOT',
    'GET requests MUST NOT be used for executing mutation operations. […] the server MUST respond with an appropriate 4xx status code and halt execution; status code 405 (Method Not Allowed) is RECOMMENDED.',
    async () => {
      const own = await held.service.addCaller();
      const query = `query A { __typename } mutation B { ${create('Gold')} }`;
      const headers = { authorization: own.authorization };
      const response = await get({ query, operationName: 'B' }, headers);
      expect(response.headers.get('allow')).toBe('POST');
      await expectErrors(response, 405);
      expect(await own.list()).toEqual([]);
      await expectData(await get({ query, operationName: 'A' }, headers), { __typename: 'Query' });
    },
  );
});

describe('Request, POST', () => {
  requirement(
    'MUST',
    'The request MUST have a body which contains values of the GraphQL-over-HTTP request parameters […]',
    async () => await expectErrors(await send({ body: '' }), 400),
  );
  requirement(
    'MUST',
    'A server MUST support POST requests encoded with the application/json media type […] encoded with UTF-8.',
    async () => {
      const response = await ask(typename, { 'content-type': `${json}; charset=utf-8` });
      await expectData(response, { __typename: 'Query' });
    },
  );
  requirement(
    'MUST',
    'For POST requests using an officially recognized GraphQL Content-Type without indicating an encoding, the server MUST assume the encoding is utf-8.',
    async () => {
      const body = Buffer.from('{"query":"{ __typename } # \xff"}', 'latin1');
      await expectErrors(await send({ body }), 400);
    },
  );
  requirement(
    'SHOULD',
    'If the client does not supply a Content-Type header with a POST request, the server SHOULD reject the request using the appropriate 4xx status code.',
    async () => await expectErrors(await ask(typename, { 'content-type': '' }), 415),
  );
});

describe('Request, JSON Encoding', () => {
  requirement(
    'MUST NOT',
    'Implementers MUST NOT add additional properties to the request object; additional information should instead use […] an implementer-scoped entry in the extensions object.',
    async () => {
      const documents = new Map([['a1', typename.query]]);
      const service = held.service.with({ trustedDocuments: { file: 'manifest.json', documents } });
      for (const params of [
        { extensions: { persistedQuery: { version: 1, sha256Hash: 'a1' } } },
        { documentId: 'a1' },
      ]) {
        const init = { method: 'POST', headers: { 'content-type': json }, body: JSON.stringify(params) };
        await expectData(await service.fetch('/graphql', init), { __typename: 'Query' });
      }
      await expectErrors(await ask({ documentId: 'a1' }), 422);
    },
    'yes, but for the names that client tools give the id of a document, where TRUSTED_DOCUMENTS is set',
  );
  requirement(
    'MUST',
    'Servers receiving a request with additional properties MUST ignore properties they do not understand.',
    async () => {
      await expectData(await ask({ ...typename, id: '1', onError: 'HALT' }), { __typename: 'Query' });
    },
  );
  requirement(
    'MUST',
    'Specifying null for optional request parameters is equivalent to not specifying them at all.',
    async () => {
      const params = { ...typename, operationName: null, variables: null, extensions: null };
      await expectData(await ask(params), { __typename: 'Query' });
    },
  );
});

describe('Response', () => {
  requirement(
    'MUST',
    'When a server receives a well-formed GraphQL-over-HTTP request, it must return a well-formed GraphQL response.',
    async () => {
      await expectData(await ask(typename), { __typename: 'Query' });
      for (const query of ['{', '', '{ nothing }', '{ badgeGroups(first: -1) { id } }']) {
        const { errors } = (await (await ask({ query })).json()) as { errors: unknown };
        expect(errors).toEqual([expect.objectContaining({ message: expect.any(String) })]);
      }
    },
  );
  requirement('MUST', 'A server must comply with IETF RFC 9110.', async () => {
    expect((await askAsStranger(groups)).headers.get('www-authenticate')).toMatch(/^Basic /);
    expect((await send({ method: 'PUT' })).headers.get('allow')).toBe('GET, POST');
    expect((await ask(typename, { 'content-encoding': 'gzip' })).headers.get('accept-encoding')).toBe(
      'identity',
    );
  });
});

describe('Response, Body', () => {
  requirement(
    'MUST',
    'The body of the server’s response MUST follow the requirements for a GraphQL response, encoded directly in the chosen media type.',
    async () => {
      for (const accept of [json, graphqlResponse]) {
        expect(Object.keys(await (await ask(typename, { accept })).json())).toEqual(['data']);
        expect(Object.keys(await (await ask({ query: '{' }, { accept })).json())).toEqual(['errors']);
      }
    },
  );
  requirement(
    'MUST',
    'A server MUST indicate the media type of the response with a Content-Type header, and SHOULD indicate the encoding […]',
    async () => {
      for (const accept of [json, graphqlResponse]) {
        const { headers } = await ask(typename, { accept });
        expect(headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
      }
    },
  );
  requirement(
    'MUST',
    'A server MUST support responses using the application/graphql-response+json media type.',
    async () => expect(await findMediaType(graphqlResponse)).toBe(graphqlResponse),
  );
  requirement(
    'MUST',
    'If an Accept header is provided, the server MUST respect the given Accept header and attempt to encode the response in the highest priority media type listed that is supported by the server.',
    async () => {
      expect(await findMediaType(`${graphqlResponse}, ${json};q=0.9`)).toBe(graphqlResponse);
      expect(await findMediaType(`${graphqlResponse};q=0.8, ${json};q=0.9`)).toBe(json);
      expect(await findMediaType(`${json};q=0, */*`)).toBe(graphqlResponse);
      expect(await findMediaType(`text/html, ${graphqlResponse};q=0.1`)).toBe(graphqlResponse);
    },
  );
  requirement(
    'MUST',
    '[…] when the request includes an Accept header and no supported media type is acceptable according to that header, the server MUST either: 1. Respond with a 406 Not Acceptable status code and stop processing the request; OR 2. Disregard the Accept header […]',
    async () => {
      const own = await held.service.addCaller();
      const headers = { authorization: own.authorization, accept: 'application/xml' };
      expect((await ask({ query: `mutation { ${create('Gold')} }` }, headers)).status).toBe(406);
      expect(await own.list()).toEqual([]);
    },
  );
  requirement(
    'SHOULD',
    'If the Accept header does not indicate support for one of the server’s preferred media types but does indicate support for application/json […], the request SHOULD be performed following the requirements of this specification as if the request had specified Accept: application/graphql-response+json, except any response that produces a 2xx status code should replace the Content-Type header with Content-Type: application/json.',
    async () => {
      const plain = async (params: object) => await ask(params, { accept: json });
      expect((await plain(typename)).headers.get('content-type')).toMatch(/^application\/json;/);
      expect((await plain(groups)).status).toBe(200);
      for (const query of ['{', '{ nothing }', 'query ($a: Int!) { badgeGroups(first: $a) { id } }']) {
        expect((await plain({ query })).status).toBe(200);
      }
      expect((await plain({})).status).toBe(400);
      expect((await plain({ ...typename, operationName: 'Other' })).status).toBe(400);
    },
    'no: plain JSON keeps the statuses that it had before: 200 where they are 294 or the document or its variables are wrong, else 400 where they are 422',
  );
  requirement(
    'SHOULD',
    'If the Accept header is present but does not indicate support for any of the server’s supported media types or application/json, the server SHOULD respond with 406 Not Acceptable.',
    async () => expect((await ask(typename, { accept: 'text/html' })).status).toBe(406),
  );
});

describe('Validation', () => {
  requirement(
    'SHOULD',
    'Validation of a well-formed GraphQL-over-HTTP request SHOULD apply all the validation rules specified by the GraphQL specification.',
    async () => {
      for (const query of [
        '{ nothing }',
        '{ ...A } fragment A on Query { ...A }',
        '{ ...A } fragment A on Query { __typename } fragment B on Query { __typename }',
        'query ($a: Int) { __typename }',
        '{ a: __typename a: badgeGroups { id } }',
        '{ badgeGroups }',
        '{ badgeGroup { id } }',
        '{ badgeGroups(first: "1") { id } }',
        '{ __typename @nothing }',
      ]) {
        await expectErrors(await ask({ query }), 422, 'GRAPHQL_VALIDATION_FAILED');
      }
    },
  );
});

describe('Status Codes', () => {
  requirement(
    'SHOULD',
    'In case of errors that completely prevent the generation of a well-formed GraphQL response, the server SHOULD respond with the appropriate HTTP 4xx or 5xx status code depending on the concrete error condition, and MUST NOT use the application/graphql-response+json media type.',
    async () => {
      const answer = await sendRaw(await listen(), Buffer.from('no HTTP\r\n\r\n'), 5_000);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).not.toContain(graphqlResponse);
    },
  );
  requirement(
    'MUST',
    'If the GraphQL response contains the data entry and it is not null, then the server MUST reply with a 2xx status code.',
    async () => {
      expect((await ask(typename)).status).toBe(200);
      expect((await (await askWhileSilverFails('a', 'Silver')).json()).data).not.toBeNull();
      expect((await askWhileSilverFails('b', 'Silver')).status).toBe(294);
    },
  );
  requirement(
    'SHOULD',
    'If the GraphQL response contains the data entry and does not contain the errors entry, then the server SHOULD reply with a 200 status code.',
    async () => {
      // As the service answers at first, and as it answers what it knows.
      for (const _ of [1, 2]) expect((await ask(groups)).status).toBe(200);
    },
  );
  requirement(
    'SHOULD',
    'If the GraphQL response contains both the data entry (even if it is null) and the errors entry, then the server SHOULD reply with a 294 status code.',
    async () => {
      const partial = await askWhileSilverFails('c', 'Silver');
      expect(partial.status).toBe(294);
      expect(await partial.json()).toMatchObject({
        data: { a: { __typename: 'BadgeGroup' }, b: null },
        errors: [{ path: ['b'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      });
      const none = await ask({ query: '{ badgeGroups(first: -1) { id } }' });
      expect(none.status).toBe(294);
      expect(await none.json()).toMatchObject({
        data: null,
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      });
      const nothing = await askWhileSilverFails('Silver', 'Silver');
      expect(nothing.status).toBe(503);
      expect(await nothing.json()).toMatchObject({ data: null });
    },
    'yes, but for 503 where every top field failed because something is away, so that balancers and clients try again',
  );
  requirement(
    'MUST',
    'If the GraphQL response does not contain the data entry then the server MUST reply with an appropriate 4xx or 5xx status code: If the failure is due to an issue in the request itself, the appropriate 4xx status code should be used',
    async () => {
      for (const query of ['{', '{ nothing }', '# nothing', `{ ${'__typename '.repeat(26)} }`]) {
        const response = await ask({ query });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
        expect(await response.json()).not.toHaveProperty('data');
      }
    },
  );
  requirement(
    'SHOULD',
    'If a mutation is attempted via the GET verb, status code 405 SHOULD be used.',
    async () => await expectErrors(await get({ query: `mutation { ${create('d')} }` }), 405),
  );
  requirement(
    'SHOULD',
    'If the request uses an unsupported HTTP method, status code 405 SHOULD be used.',
    async () => {
      for (const method of ['PUT', 'PATCH', 'DELETE']) expect((await send({ method })).status).toBe(405);
    },
  );
  requirement(
    'SHOULD',
    'If the Content-Type of the request is not supported, status code 415 SHOULD be used.',
    async () => {
      for (const type of ['text/plain', 'application/graphql', graphqlResponse, 'multipart/form-data'])
        await expectErrors(await ask(typename, { 'content-type': type }), 415);
    },
  );
  requirement(
    'SHOULD',
    'If none of the media types in the Accept header are supported and the Accept header does not include application/json, then status code 406 SHOULD be used.',
    async () => expect((await ask(typename, { accept: 'application/xml, text/*' })).status).toBe(406),
  );
  requirement(
    'SHOULD',
    'If the client did not produce a request within the time that the server was prepared to wait, status code 408 SHOULD be used.',
    async () => {
      const url = await listen({ headers: 50, request: 100, check: 20 });
      expect(await sendRaw(url, Buffer.from('POST /graphql HTTP/1.1\r\n'), 5_000)).toMatch(
        /^HTTP\/1\.1 408 /,
      );
    },
  );
  requirement(
    'SHOULD',
    'If the size of the URI was too large, status code 414 SHOULD be used […].',
    async () => expect(await askBySocket('a'.repeat(20_000), '')).toMatch(/^HTTP\/1\.1 414 /),
  );
  requirement(
    'SHOULD',
    'If the size of the request headers (or any one header) was too large, status code 431 SHOULD be used.',
    async () => expect(await askBySocket('', 'a'.repeat(40_000))).toMatch(/^HTTP\/1\.1 431 /),
  );
  requirement(
    'SHOULD',
    'If the size of the POST request body was too large, status code 413 SHOULD be used.',
    async () => await expectErrors(await ask({ query: `{ __typename } #${' '.repeat(100_000)}` }), 413),
  );
  requirement(
    'SHOULD',
    'If the JSON body of the request could not be parsed, status code 400 SHOULD be used.',
    async () => {
      for (const body of ['NONSENSE', '{"query":', '']) await expectErrors(await send({ body }), 400);
    },
  );
  requirement(
    'SHOULD',
    'If the request is not a well-formed GraphQL-over-HTTP request, status code 422 SHOULD be used.',
    async () => {
      for (const params of [
        {},
        { qeury: '{ __typename }' },
        { query: null },
        { query: 1 },
        { query: {} },
        { ...typename, operationName: 1 },
        { ...typename, variables: [7] },
        { ...typename, variables: '{}' },
        { ...typename, extensions: true },
        [typename],
      ]) {
        await expectErrors(await ask(params), 422, 'BAD_REQUEST');
      }
      for (const body of ['null', '1', '"{ __typename }"']) await expectErrors(await send({ body }), 422);
      await expectErrors(await get({ query: '' }), 422);
    },
  );
  requirement(
    'SHOULD',
    'If the GraphQL document in the request cannot be parsed, status code 400 SHOULD be used.',
    async () => await expectErrors(await ask({ query: '{' }), 400, 'GRAPHQL_PARSE_FAILED'),
  );
  requirement(
    'SHOULD',
    'If the request does not pass GraphQL validation, status code 422 SHOULD be used.',
    async () => await expectErrors(await ask({ query: '{ nothing }' }), 422, 'GRAPHQL_VALIDATION_FAILED'),
  );
  requirement(
    'SHOULD',
    'If the operation to execute cannot be unambiguously determined, status code 422 SHOULD be used.',
    async () => {
      const query = 'query A { __typename } query B { __typename }';
      for (const operationName of [undefined, 'C'])
        await expectErrors(await ask({ query, operationName }), 422, 'OPERATION_RESOLUTION_FAILURE');
      const fragment = 'fragment A on Query { __typename }';
      await expectErrors(await ask({ query: fragment }), 422, 'OPERATION_RESOLUTION_FAILURE');
    },
  );
  requirement(
    'SHOULD',
    'If the variable values cannot be coerced to match the operation’s variable definitions, status code 422 SHOULD be used.',
    async () => {
      const query = 'query ($first: Int!) { badgeGroups(first: $first) { id } }';
      for (const variables of [undefined, {}, { first: null }, { first: '1' }])
        await expectErrors(await ask({ query, variables }), 422, 'BAD_USER_INPUT');
    },
  );
  requirement(
    'SHOULD',
    'If the client is not permitted to issue the GraphQL request, then the server SHOULD reply with 401, 403 or similar appropriate status code.',
    async () => {
      await expectErrors(await askAsStranger(groups), 401, 'UNAUTHENTICATED');
      await expectErrors(await ask(typename, { authorization: basic('a', 'b') }), 401, 'UNAUTHENTICATED');
    },
  );
  requirement(
    'SHOULD',
    'When the server is the reason for failure, the appropriate 5xx status code should be used. For example, if the server is not able to execute requests at this time due to maintenance or load-shedding, then status code 503 SHOULD be used.',
    async () => {
      const db = failStatements(held.service.db, () => true);
      const { authorization } = await held.service.addCaller();
      const { status } = await held.service.with({ db }).execute(groups.query, {}, { authorization });
      expect(status).toBe(503);
    },
    'yes, but for 429 where an org has more waiting than its share: it is the one that sends too much',
  );
});

const typename = { query: '{ __typename }' };
const groups = { query: '{ badgeGroups(isActive: false) { id } }' };

function create(name: string): string {
  return `createBadgeGroup(input: { name: "${name}", rank: 1 }) { __typename }`;
}

async function send(init: RequestInit): Promise<Response> {
  const headers = {
    'content-type': json,
    accept: graphqlResponse,
    authorization: caller.authorization,
    ...(init.headers as Record<string, string>),
  };
  return await held.service.fetch('/graphql', { method: 'POST', ...init, headers });
}

async function askAsStranger(params: object): Promise<Response> {
  const headers = { 'content-type': json, accept: graphqlResponse };
  return await held.service.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(params) });
}

async function ask(params: object, headers: Record<string, string> = {}): Promise<Response> {
  return await send({ body: JSON.stringify(params), headers });
}

async function get(params: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return await held.service.fetch(`/graphql?${new URLSearchParams(params)}`, {
    headers: { ...noPage, accept: graphqlResponse, authorization: caller.authorization, ...headers },
  });
}

/** Two creates, of which those named Silver fail because the database is away. */
async function askWhileSilverFails(a: string, b: string): Promise<Response> {
  const db = failStatements(held.service.db, ({ parameters }) => parameters.includes('Silver'));
  return await held.service.with({ db }).fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': json, accept: graphqlResponse, authorization: caller.authorization },
    body: JSON.stringify({ query: `mutation { a: ${create(a)} b: ${create(b)} }` }),
  });
}

async function listen(limits: Parameters<typeof held.service.listen>[0] = {}): Promise<string> {
  await held.service.stopListening();
  return await held.service.listen(limits);
}

async function askBySocket(search: string, header: string): Promise<string> {
  const head = `GET /graphql?${search} HTTP/1.1\r\nhost: service.test\r\nconnection: close\r\nx-a: ${header}\r\n\r\n`;
  return await sendRaw(await listen(), Buffer.from(head), 5_000);
}

async function findMediaType(accept: string): Promise<string | undefined> {
  const { status, headers } = await ask(typename, { accept });
  expect(status).toBe(200);
  return headers.get('content-type')?.split(';')[0];
}

async function expectData(response: Response, data: object): Promise<void> {
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data });
}

async function expectErrors(response: Response, status: number, code?: string): Promise<void> {
  const body = (await response.json()) as { errors: { extensions: { code: string } }[] };
  expect([response.status, Object.keys(body)]).toEqual([status, ['errors']]);
  if (code) expect(body.errors[0]?.extensions.code).toBe(code);
}
