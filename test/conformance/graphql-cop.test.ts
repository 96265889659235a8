import { beforeAll, describe, expect, test } from 'vitest';
import { type TestService, useService } from '../support/service.ts';

/** What the checks of graphql-cop send, each once as a stranger and once as a caller. */
describe.each(['a stranger', 'a caller'])('To %s', (who) => {
  const held = useService('the embedded database');
  let headers: Record<string, string> = {};
  beforeAll(async () => {
    if (who === 'a caller') headers = { authorization: (await held.service.addCaller()).authorization };
  });

  const send = async (body: unknown, service: TestService = held.service): Promise<Reply> => {
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
    return await read(await service.fetch('/graphql', { ...init, body: JSON.stringify(body) }));
  };
  const get = async (query: string) =>
    await read(await held.service.fetch(`/graphql?query=${encodeURIComponent(query)}`, { headers }));

  test('aliases cannot be piled up: 101 of one field', async () => {
    const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}: __typename`);
    expectRefusal(await send({ query: `query cop { ${aliases.join(' ')} }` }), /101 top fields/);
  });

  test('operations cannot be batched in an array', async () => {
    const reply = await send(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })));
    expectRefusal(reply, /[Bb]atch/);
    expect(reply.body).not.toBeInstanceOf(Array);
  });

  test.each([10, 1_000])('directives cannot be piled up: %i at one place', async (count) => {
    const reply = await send({ query: `query cop { __typename ${'@aa'.repeat(count)} }` });
    expectRefusal(reply, new RegExp(count > 500 ? 'token' : `${count} directives`));
    expect(reply.errors).toHaveLength(1);
  });

  test('a field cannot be written again and again: 500 times', async () => {
    expectRefusal(await send({ query: `query cop { ${'__typename '.repeat(500)} }` }), /500 repetitions/);
  });

  test('introspection cannot go round in circles', async () => {
    const circle = 'fields { type { '.repeat(6);
    const reply = await send({
      query: `query cop { __schema { types { ${circle} name ${'} }'.repeat(6)} } } }`,
    });
    expectRefusal(reply, /introspection depth/i);
  });

  test('a GET without a header of its own reads nothing', async () => {
    expectRefusal(await get('query cop { __typename }'), /send one of the headers/);
  });

  test.each([{}, { 'x-graphql-yoga-csrf': '1' }])('a GET changes nothing, with %j', async (header) => {
    const path = `/graphql?query=${encodeURIComponent('mutation cop { __typename }')}`;
    const reply = await read(await held.service.fetch(path, { headers: { ...headers, ...header } }));
    expectRefusal(reply, /GET|POST/);
  });

  test('a form reads and changes nothing', async () => {
    for (const query of ['query cop { __typename }', 'mutation cop { __typename }']) {
      const init = { method: 'POST', body: new URLSearchParams({ query }), headers };
      expectRefusal(await read(await held.service.fetch('/graphql', init)), /as JSON/);
    }
  });

  test('no answer holds a trace', async () => {
    for (const name of ['apollo-federation-include-trace', 'x-apollo-tracing']) {
      const init = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', [name]: 'ftv1' },
        body: JSON.stringify({ query: 'query cop { __typename }' }),
      };
      expect((await read(await held.service.fetch('/graphql', init))).body).toEqual({
        data: { __typename: 'Query' },
      });
    }
  });

  test.each(['qwerty cop { abc }', '{ badgeGroups(first: "'])('%s is told no exception', async (query) => {
    const { text, errors } = await send({ query });
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }]);
    expect(text).not.toMatch(/exception|stack|\.ts|node_modules/);
  });

  describe('what is on by design is off with its switch:', () => {
    test('GraphiQL', async () => {
      const open = (service: TestService, path: string) =>
        service.fetch(path, { headers: { ...headers, accept: 'text/html' } });
      const isPage = async (response: Response) => /<html|graphiql/i.test(await response.text());
      expect(await isPage(await open(held.service, '/graphql'))).toBe(true);
      const closed = held.service.with({ graphiql: false });
      for (const path of ['/', '/graphql', '/graphiql', '/playground', '/console']) {
        expect(await isPage(await open(closed, path))).toBe(false);
      }
    });

    test('introspection', async () => {
      const query = 'query cop { __schema { types { name fields { name } } } }';
      expect((await send({ query })).errors).toBeUndefined();
      expectRefusal(await send({ query }, held.service.with({ introspection: false })), /./);
    });

    test.each([
      ['{ badgeGroup { id } }', undefined],
      ['{ badgeGrou }', undefined],
      ['{ __typename ... on BadgeGrou { id } }', undefined],
      ['{ badgeGroups(ordr: DESC) { id } }', undefined],
      ['{ badgeGroups(order: DES) { id } }', undefined],
      ['query ($order: BadgeGroupOrder!) { badgeGroups(order: $order) { id } }', { order: 'DES' }],
      [
        'mutation ($input: CreateBadgeGroupInput!) { createBadgeGroup(input: $input) { __typename } }',
        { input: { nam: '' } },
      ],
    ])('suggestions for %s', async (query, variables) => {
      const closed = await send({ query, variables }, held.service.with({ introspection: false }));
      expectRefusal(closed, /./);
      expect(closed.text).not.toContain('Did you mean');
      if (who === 'a stranger') return;
      if (query !== '{ badgeGroup { id } }')
        expect((await send({ query, variables })).text).toContain('Did you mean');
    });
  });
});

interface Reply {
  readonly text: string;
  readonly body: unknown;
  readonly data?: object | null;
  readonly errors?: { message: string }[];
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const body = JSON.parse(text);
  return { ...body, text, body };
}

function expectRefusal({ data, errors }: Reply, message: RegExp): void {
  expect(data ?? null).toBeNull();
  expect(errors?.[0]?.message).toMatch(message);
}
