import { expect, test } from 'vitest';
import { useService } from '../../support/service.ts';

const held = useService('a Postgres server');

async function ask(accept: string, query: string, operationName?: string): Promise<[number, unknown]> {
  const response = await held.service.fetch('/graphql', {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json' },
    body: JSON.stringify({ query, operationName }),
  });
  return [response.status, await response.json()];
}

test.each([
  ['subscription { groups }', undefined, 1],
  ['subscription S { __typename } query Q { __typename }', 'S', 1],
  ['subscription S { __typename } query Q { __typename }', 'Q', 1],
  ['query Q { __typename }\nsubscription S { __typename }', 'Q', 2],
])('%s is not valid, whichever operation is meant: %s', async (query, operationName, line) => {
  const refusal = {
    errors: [
      {
        message: 'There are only queries and mutations here, no subscriptions.',
        locations: [{ line, column: 1 }],
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ],
  };
  expect(await ask('application/graphql-response+json', query, operationName)).toEqual([422, refusal]);
  expect(await ask('application/json', query, operationName)).toEqual([200, refusal]);
});

test.each(['Q', 'M'])(
  'a document of a query and a mutation is valid, whichever is meant: %s',
  async (operationName) => {
    const query = 'query Q { __typename } mutation M { __typename }';
    const __typename = operationName === 'Q' ? 'Query' : 'Mutation';
    for (const accept of ['application/graphql-response+json', 'application/json'])
      expect(await ask(accept, query, operationName)).toEqual([200, { data: { __typename } }]);
  },
);
