import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { findUndeclaredChanges } from '../../src/commands/schema-history.ts';
import { Repository } from '../support/repository.ts';

const schemaFile = 'schema.graphql';
const declarationFile = 'breaking-schema-changes.txt';

const full = printSchema('id: ID!', 'name: String', 'rank: Int');
const dangerous = `
  ${full.replace('first: Int,', 'first: Int = 10, order: Order,')}
  enum Order { ASC }
  type Badge { id: ID! }
  union Found = Group
  extend type Query { found: Found badge: Badge }
`;
const withoutRank = printSchema('id: ID!', 'name: String');
const rankRemoved = 'Group.rank was removed.';

let repository: Repository;

beforeEach(() => {
  repository = new Repository();
  repository.git('init', '--initial-branch=main');
  repository.commit({ [schemaFile]: full });
});

const findChanges = () => findUndeclaredChanges(repository.directory);

test('tells a breaking change before it is committed', () => {
  repository.write({ [schemaFile]: withoutRank });
  expect(findChanges()).toEqual([rankRemoved]);
});

test('tells a breaking change that is committed, for as long as the schema stays so', () => {
  repository.commit({ [schemaFile]: withoutRank });
  expect(findChanges()).toEqual([rankRemoved]);
  repository.commit({ 'README.md': 'Something else' });
  expect(findChanges()).toEqual([rankRemoved]);
});

test('tells a field that came and went', () => {
  repository.commit({ [schemaFile]: withoutRank, [declarationFile]: rankRemoved });
  repository.commit({ [schemaFile]: full });
  repository.commit({ [schemaFile]: withoutRank });
  expect(findChanges()).toEqual([rankRemoved]);
});

test('compares a branch with main as it was when the branch left it', () => {
  repository.git('switch', '--create', 'branch');
  repository.commit({ [schemaFile]: withoutRank });
  repository.commit({ [schemaFile]: printSchema('id: ID!', 'name: String', 'color: String') });
  expect(findChanges()).toEqual([rankRemoved]);

  repository.git('switch', 'main');
  repository.commit({ [schemaFile]: printSchema('id: ID!', 'name: String', 'rank: Int', 'size: Int') });
  repository.git('switch', 'branch');
  expect(findChanges()).toEqual([rankRemoved]);
});

test.each([
  ['a new field', printSchema('id: ID!', 'name: String', 'rank: Int', 'color: String')],
  ['a field that is never null any more', printSchema('id: ID!', 'name: String!', 'rank: Int')],
  ['a description', printSchema('id: ID!', '"What it is called." name: String', 'rank: Int')],
])('takes %s', (_title, schema) => {
  repository.write({ [schemaFile]: schema });
  expect(findChanges()).toEqual([]);
});

test('tells a type that is no entity any more', () => {
  repository.write({ [schemaFile]: full.replace('@key(fields: "id")', '') });
  expect(findChanges()?.join()).toMatch(/_Entity/);
});

test.each([
  [
    'a new member of a union',
    'union Found = Group',
    'union Found = Group | Badge',
    'Badge was added to union type Found.',
  ],
  [
    'a new value of an enum',
    'enum Order { ASC }',
    'enum Order { ASC DESC }',
    'DESC was added to enum type Order.',
  ],
  [
    'another default',
    'first: Int = 10',
    'first: Int = 20',
    'Query.groups arg first has changed defaultValue from 10 to 20.',
  ],
])('tells %s, which is dangerous, until a line declares it', (_title, before, after, line) => {
  repository.commit({ [schemaFile]: dangerous });
  const changed = dangerous.replace(before, after);
  repository.commit({ [schemaFile]: changed });
  expect(findChanges()).toEqual([line]);
  repository.write({ [declarationFile]: line });
  expect(findChanges()).toEqual([]);
});

test('tells a field that gateways do not serve any more, though the subgraph does', () => {
  repository.write({ [schemaFile]: full.replace('rank: Int', 'rank: Int @inaccessible') });
  expect(findChanges()).toEqual([rankRemoved]);
});

test.each([
  ['has another key', '@key(fields: "name")'],
  ['is resolved no more by its key', '@key(fields: "id", resolvable: false)'],
])('tells an entity that %s, by what each composer says', (_title, key) => {
  repository.write({ [schemaFile]: full.replace('@key(fields: "id")', key) });
  const composers = findChanges()?.map((line) => /^(@[\w/-]+): .*Group/.exec(line)?.[1]);
  expect(composers).toEqual(
    expect.arrayContaining(['@apollo/composition', '@theguild/federation-composition']),
  );
});

test.each([
  ['another key beside the old one', full.replace('Group @key', 'Group @key(fields: "id name") @key')],
  ['a type that gateways do not serve', `${full} type Secret @inaccessible { id: ID! }`],
  ['what fields cost', full.replace('rank: Int', 'rank: Int @cost(weight: 5)')],
])('takes %s', (_title, schema) => {
  repository.write({ [schemaFile]: schema });
  expect(findChanges()).toEqual([]);
});

test('takes a breaking change that a new line declares, and no other one', () => {
  const schema = printSchema('id: ID!');
  repository.write({ [schemaFile]: schema, [declarationFile]: `Ranks moved elsewhere:\n${rankRemoved}\n` });
  expect(findChanges()).toEqual(['Group.name was removed.']);
  repository.commit({});
  expect(findChanges()).toEqual(['Group.name was removed.']);
});

test('does not take a line for a change that was there before', () => {
  const withColor = printSchema('id: ID!', 'name: String', 'rank: Int', 'color: String');
  repository.commit({ [schemaFile]: withColor, [declarationFile]: rankRemoved });
  repository.write({ [schemaFile]: printSchema('id: ID!', 'name: String', 'color: String') });
  expect(findChanges()).toEqual([rankRemoved]);
});

test('has nothing to compare the first version with, nor one without a repository', () => {
  expect(findChanges()).toBeUndefined();
  const nowhere = new Repository();
  nowhere.write({ [schemaFile]: full });
  expect(findUndeclaredChanges(nowhere.directory)).toBeUndefined();
});

test('works in a clone, full or shallow', () => {
  repository.commit({ [schemaFile]: withoutRank });
  for (const [depth, expected] of [
    ['2', [rankRemoved]],
    ['1', undefined],
  ] as const) {
    const clone = new Repository();
    clone.git('clone', '--depth', depth, `file://${repository.directory}`, '.');
    expect(findUndeclaredChanges(clone.directory)).toEqual(expected);
    clone.write({ [schemaFile]: printSchema('id: ID!') });
    expect(findUndeclaredChanges(clone.directory)).toContain('Group.name was removed.');
  }
});

test('works where main is only a remote branch', () => {
  repository.git('switch', '--create', 'branch');
  repository.commit({ [schemaFile]: withoutRank });
  repository.commit({ [schemaFile]: printSchema('id: ID!', 'name: String', 'color: String') });
  const clone = new Repository();
  clone.git('clone', '--branch', 'branch', `file://${repository.directory}`, '.');
  expect(findUndeclaredChanges(clone.directory)).toEqual([rankRemoved]);
});

test('fails with the lines that would declare the change', () => {
  expect(runCheck()).toMatchObject({ status: 0 });
  repository.write({ [schemaFile]: withoutRank });
  const failed = runCheck();
  expect(failed.status).toBe(1);
  expect(failed.stderr.split('\n')).toContain(rankRemoved);
  repository.write({ [declarationFile]: failed.stderr });
  expect(runCheck()).toMatchObject({ status: 0, stderr: '' });
});

function runCheck() {
  const script = join(import.meta.dirname, '../../src/commands/check-schema.ts');
  return spawnSync(process.execPath, [script], { cwd: repository.directory, encoding: 'utf8' });
}

function printSchema(...fields: string[]): string {
  return `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@inaccessible", "@key"])
    type Group @key(fields: "id") { ${fields.join(' ')} }
    type Query { groups(first: Int, name: String): [Group!]! }
  `;
}
