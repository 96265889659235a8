import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VariablesOf } from 'gql.tada';
import { getVariableValues, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { compose, composerNames } from '../support/composers.ts';
import type { ReorderBadgeGroups } from '../support/graphql.ts';
import {
  type Block,
  blocks,
  describeBlock,
  findBlocksAfter,
  findBodies,
  findOperations,
  type Json,
  readJsonLines,
  readVariables,
} from '../support/markdown.ts';
import { root } from '../support/process.ts';
import { type TestCaller, useService } from '../support/service.ts';

const inGraphQL = blocks
  .filter(({ language }) => language === 'graphql')
  .map((block) => ({ title: describeBlock(block), block }));
const operations = inGraphQL.filter(({ block }) => findOperations(block).length > 0);
const subgraphs = inGraphQL.filter(({ block }) => findOperations(block).length === 0);
const requests = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap((block) => findBodies(block).map((body) => ({ title: describeBlock(block), body })));

test('the documents have operations, a subgraph, JSON and requests', () => {
  expect(operations.length).toBeGreaterThan(1);
  expect(subgraphs.length).toBeGreaterThan(0);
  expect(blocks.filter(({ language }) => language === 'json').length).toBeGreaterThan(2);
  expect(requests.length).toBeGreaterThan(2);
});

test.each(operations)('the operations at $title are valid, with the variables beside them', ({ block }) => {
  expect(validate(schema, parse(block.text))).toEqual([]);
  for (const operation of findOperations(block)) {
    const variables = readVariables(block, operation);
    expect(getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors).toBeUndefined();
  }
});

test.each(subgraphs)('the subgraph at $title composes with ours', ({ block }) => {
  const own = readFileSync(join(root, 'schema.graphql'), 'utf8');
  for (const composer of composerNames) {
    expect(compose(composer, own, block.text).complaints).toEqual([]);
  }
});

test.each(requests)('the request at $title is JSON with a valid operation', ({ body }) => {
  expect(validate(schema, parse(JSON.parse(body).query))).toEqual([]);
});

test.each(blocks.filter(({ language }) => language === 'json'))(
  'the block at $file:$line is JSON, as a whole or line by line',
  (block) => {
    expect(() => readJsonLines(block)).not.toThrow();
  },
);

describe('The answers that are shown are those of the service:', () => {
  const held = useService('the embedded database');

  test('to the first query', async () => {
    const caller = await held.service.addCaller();
    const [block, answer] = findBlocksAfter('README.md', '<!-- first-query -->');
    const { query } = JSON.parse(findBodies(block)[0] ?? '');
    expectSame([await ask(caller, query)], readJsonLines(answer));
  });

  test('to a create, the same again, an update, the same again, a list, look-ups and a page', async () => {
    const caller = await held.service.addCaller();
    const [block, answer] = findBlocksAfter('README.md', '## Operations');
    const shown = readJsonLines(answer);
    const find = (name: string) => findOperation(block, name);

    const input = readVariables(block, find('Create'));
    const created = await ask(caller, print(find('Create')), input);
    const createdAgain = await ask(caller, print(find('Create')), input);

    // The examples go on with the id and the instant that they show.
    const { id, lastUpdatedOn } = created.data.createBadgeGroup;
    const example = shown[0].data.createBadgeGroup;
    const changes = JSON.parse(
      JSON.stringify(readVariables(block, find('Update')))
        .replace(`${example.id.slice(0, 4)}…`, id)
        .replace(String(example.lastUpdatedOn), String(lastUpdatedOn)),
    );
    expect(changes).toMatchObject({ input: { id, ifLastUpdatedOn: lastUpdatedOn } });
    const updated = await ask(caller, print(find('Update')), changes);
    const updatedAgain = await ask(caller, print(find('Update')), changes);
    const list = await ask(caller, print(find('Groups')).replace(example.id, id));
    const lookUps = await ask(caller, print(find('Find')).replace(example.id, id));
    const page = await ask(caller, print(find('Page')));
    expectSame([created, createdAgain, updated, updatedAgain, list, lookUps, page], shown);
  });

  test('to a reorder, and the same again', async () => {
    const caller = await held.service.addCaller();
    const [block, answer] = findBlocksAfter('docs/using.md', '### An order in one step');
    const reorder = findOperation(block, 'Reorder');
    const shown = readVariables(block, reorder) as VariablesOf<typeof ReorderBadgeGroups>;
    const [first, second] = shown.input.ranks;
    const [one, other] = [
      await caller.create({ name: 'Beginner', rank: 2 }),
      await caller.create({ name: 'Expert', rank: 1 }),
    ];
    const variables = JSON.parse(
      JSON.stringify(shown)
        .replace(String(first?.id), one.id)
        .replace(String(second?.id), other.id)
        .replace(String(second?.ifLastUpdatedOn), String(other.lastUpdatedOn)),
    );
    const answers = [];
    for (const _attempt of [1, 2]) answers.push(await ask(caller, print(reorder), variables));
    expectSame(answers, readJsonLines(answer));
  });

  test('to a history', async () => {
    const caller = await held.service.addCaller({ userId: 75197372 });
    const { id } = await caller.create({ name: 'Expert', rank: 3 });
    await caller.update({ id, rank: 4 });
    const [block, answer] = findBlocksAfter('docs/using.md', '### Histories');
    expectSame([await ask(caller, print(findOperation(block, 'History')), { id })], readJsonLines(answer));
  });

  test('to a gateway', async () => {
    const caller = await held.service.addCaller();
    const { id } = await caller.create({ name: 'Expert', rank: 4 });
    const [block, answer] = findBlocksAfter('docs/using.md', 'What the gateway sends here, and the answer');
    const [operation] = findOperations(block) as [OperationDefinitionNode];
    const variables = JSON.stringify(readVariables(block, operation)).replace(/[0-9a-f]{24}/, id);
    expectSame([await ask(caller, print(operation), JSON.parse(variables))], readJsonLines(answer));
  });
});

async function ask(caller: TestCaller, query: string, variables: object = {}): Promise<Json> {
  const { data, errors } = await caller.execute<Json, object>(query, variables);
  return { data, ...(errors && { errors }) };
}

/** The same answers, whatever the ids, instants and cursors are; but what is equal in one is equal in the other. */
function expectSame(answers: Json[], shown: Json[]): void {
  expect(rename(answers)).toEqual(rename(shown));
}

function rename(answers: Json[]): Json {
  const names = new Map<string, string>();
  const name = (kind: string, value: string) => {
    if (!names.has(value)) names.set(value, `<${kind} ${names.size}>`);
    return String(names.get(value));
  };
  const text = JSON.stringify(answers)
    .replaceAll(/(?<=[cC]ursor":")[^"]+/g, (value) => name('cursor', value))
    .replaceAll(/\b[0-9a-f]{24}\b/g, (value) => name('id', value))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (value) => name('ISO', value))
    .replaceAll(/":(\d{10}(?:\.\d+)?)/g, (_number, value) => `":"${name('instant', value)}"`)
    .replaceAll(/\b\d{10}(\.\d+)?\b/g, (value) => name('instant', value));
  return JSON.parse(text);
}

function findOperation(block: Block, name: string): OperationDefinitionNode {
  const found = findOperations(block).find((operation) => operation.name?.value === name);
  if (found === undefined) throw new Error(`${describeBlock(block)} has no operation ${name}.`);
  return found;
}
