import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CombinedGraphQLErrors } from '@apollo/client';
import { commitMutation, fetchQuery } from 'relay-runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApolloClient } from './apollo.ts';
import type { Connection } from './app.ts';
import createTwoNode, { type CreateTwoMutation } from './generated/CreateTwoMutation.graphql.ts';
import findNode, { type FindQuery } from './generated/FindQuery.graphql.ts';
import { CreateTwoDocument } from './generated/graphql.ts';
import { patientFetch } from './patient-fetch.ts';
import { createRelayEnvironment } from './relay.ts';
import { createUrqlClient } from './urql.ts';

/** What an app gets of an answer. */
interface Received {
  readonly data: unknown;
  readonly errors: readonly object[];
}

type RelayError = Error & { readonly source: Pick<Received, 'errors'> };

const variables = { one: { name: 'Beginner', rank: 1 }, other: { name: 'Expert', rank: 2 } };

/** Creates two groups. */
const libraries: Record<string, (connection: Connection) => Promise<Received>> = {
  async 'Apollo Client'(connection) {
    const { data, error } = await createApolloClient(connection).mutate({
      mutation: CreateTwoDocument,
      variables,
      errorPolicy: 'all',
    });
    return { data, errors: CombinedGraphQLErrors.is(error) ? error.errors : [] };
  },
  async urql(connection) {
    const { data, error } = await createUrqlClient(connection).mutation(CreateTwoDocument, variables);
    return { data, errors: error?.graphQLErrors ?? [] };
  },
  Relay: (connection) =>
    new Promise((resolve) =>
      commitMutation<CreateTwoMutation>(createRelayEnvironment(connection), {
        mutation: createTwoNode,
        variables,
        onCompleted: (data, errors) => resolve({ data, errors: errors ?? [] }),
        onError: (error) => resolve({ data: undefined, errors: (error as RelayError).source.errors }),
      }),
    ),
};

const one = { __typename: 'BadgeGroup', id: '6b03979b57a58f92a80e8db7', name: 'Beginner' };
const other = { __typename: 'BadgeGroup', id: '6b03979b57a58f92a80e8db8', name: 'Expert' };
const fail = (code: string, ...path: string[]) => ({
  message: `Failed: ${code}`,
  path,
  extensions: { code },
});
const whole = { data: { one, other } };
const half = { data: { one, other: null }, errors: [fail('SERVICE_UNAVAILABLE', 'other')] };

const answers = {
  'application/graphql-response+json': [
    { status: 200, body: whole },
    { status: 294, body: half },
    { status: 422, body: { errors: [fail('GRAPHQL_VALIDATION_FAILED')] } },
    { status: 400, body: { errors: [fail('BAD_REQUEST')] } },
    { status: 401, body: { errors: [fail('UNAUTHENTICATED')] } },
    { status: 429, body: { errors: [fail('TOO_MANY_REQUESTS')] } },
    { status: 503, body: { errors: [fail('SERVICE_UNAVAILABLE')] } },
    { status: 503, body: { data: null, errors: [fail('SERVICE_UNAVAILABLE', 'one')] } },
  ],
  'application/json': [
    { status: 200, body: whole },
    { status: 200, body: half },
    { status: 200, body: { errors: [fail('GRAPHQL_VALIDATION_FAILED')] } },
  ],
};

interface Answer {
  readonly type: string;
  readonly status: number;
  readonly body: { readonly data?: object | null; readonly errors?: object[] };
}

const cases: Answer[] = Object.entries(answers).flatMap(([type, list]) =>
  list.map((answer) => ({ type, ...answer })),
);

/** A server that gives these answers one after the other, the last one again and again. */
let given: Answer[] = [];
let asked = 0;
const server = createServer((request, response) => {
  const { type, status, body } = given[Math.min(asked, given.length - 1)] as Answer;
  asked += 1;
  request.resume();
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'retry-after': '0' });
  response.end(JSON.stringify(body));
});
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function answerWith(...all: Answer[]): Connection {
  given = all;
  asked = 0;
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/graphql`, authorization: 'Basic ZGVtbzpkZW1v', fetch };
}

const find = (status: number) => cases.find((answer) => answer.status === status) as Answer;

describe.each(Object.entries(libraries))('To an app on %s', (_library, create) => {
  test.each(cases)('$status as $type gives its data and errors: $body', async (answer) => {
    const { data, errors } = await create(answerWith(answer));
    expect(data ?? null).toEqual(answer.body.data ?? null);
    expect(errors).toMatchObject(answer.body.errors ?? []);
  });

  test('429 is no error when its fetch asks again', async () => {
    const connection = answerWith(find(429), find(429), find(200));
    expect(await create({ ...connection, fetch: patientFetch })).toMatchObject({ ...whole, errors: [] });
    expect(asked).toBe(3);
  });

  test('429 is an error when it does not end', async () => {
    const { errors } = await create({ ...answerWith(find(429)), fetch: patientFetch });
    expect(errors).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }]);
    expect(asked).toBe(6);
  });

  test('503 comes at once, because the mutation may have been made', async () => {
    const { errors } = await create({ ...answerWith(find(503)), fetch: patientFetch });
    expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(asked).toBe(1);
  });
});

test('Apollo Client rejects 294 unless it is told otherwise, with the data in the error', async () => {
  const client = createApolloClient(answerWith(find(294)));
  const error = await client.mutate({ mutation: CreateTwoDocument, variables }).catch((thrown) => thrown);
  expect(error).toMatchObject(half);
});

test('Relay tells a group that could not be read by its @catch from one that is not there', async () => {
  const errors = [fail('SERVICE_UNAVAILABLE', 'badgeGroup')];
  const read = async (answer: Answer) => {
    const environment = createRelayEnvironment(answerWith(answer));
    return await fetchQuery<FindQuery>(environment, findNode, { id: one.id }).toPromise();
  };
  const type = 'application/graphql-response+json';
  expect(await read({ type, status: 294, body: { data: { badgeGroup: null }, errors } })).toEqual({
    badgeGroup: { ok: false, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
  });
  expect(await read({ type, status: 200, body: { data: { badgeGroup: null } } })).toEqual({
    badgeGroup: { ok: true, value: null },
  });
});
