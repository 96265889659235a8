import { expect, test } from 'vitest';
import { useService } from '../../support/service.ts';

const held = useService('the embedded database');

async function ask(accept: string, query: string, operationName?: string | null) {
  const response = await held.service.fetch('/graphql', {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json' },
    body: JSON.stringify({ query, operationName }),
  });
  return [response.status, await response.json()];
}

const two = 'query A { __typename } mutation B { __typename }';

test.each([
  [two, 'C', '"operationName" is "C", but no operation of the document has this name.'],
  [two, '', '"operationName" is "", but no operation of the document has this name.'],
  ['{ __typename }', 'A', '"operationName" is "A", but no operation of the document has this name.'],
  [two, undefined, 'The document has 2 operations: name the one that is meant by "operationName".'],
  ['fragment A on Query { __typename }', null, 'The document has fragments, but no operation.'],
])('%s with the name %j is refused, and says what would be right', async (query, name, message) => {
  const refusal = { errors: [{ message, extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] };
  expect(await ask('application/graphql-response+json', query, name)).toEqual([422, refusal]);
  expect(await ask('application/json', query, name)).toEqual([400, refusal]);
});

test.each([
  [two, 'A', 'Query'],
  [two, 'B', 'Mutation'],
  ['query A { __typename }', undefined, 'Query'],
  ['{ __typename }', null, 'Query'],
])('%s with the name %j is carried out', async (query, name, __typename) => {
  expect(await ask('application/json', query, name)).toEqual([200, { data: { __typename } }]);
});

test('of a name that is long the refusal repeats the beginning', async () => {
  const [, answer] = await ask('application/json', two, 'n'.repeat(10_000));
  expect(answer.errors[0].message.length).toBeLessThan(200);
});
