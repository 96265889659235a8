import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { findUndeclaredBreaks } from '../../src/commands/schema-history.ts';
import { Repository } from '../support/repository.ts';

const schemaFile = 'schema.graphql';
const declarationFile = 'breaking-schema-changes.txt';

const full = printSchema('id: ID!', 'name: String', 'rank: Int');
const withoutRank = printSchema('id: ID!', 'name: String');
const rankRemoved = 'Group.rank was removed.';

let repository: Repository;

beforeEach(() => {
  repository = new Repository();
  repository.git('init', '--initial-branch=main');
  repository.commit({ [schemaFile]: full });
});

const findBreaks = () => findUndeclaredBreaks(repository.directory);

test('tells a breaking change before it is committed', () => {
  repository.write({ [schemaFile]: withoutRank });
  expect(findBreaks()).toEqual([rankRemoved]);
});

test('tells a breaking change that is committed, for as long as the schema stays so', () => {
  repository.commit({ [schemaFile]: withoutRank });
  expect(findBreaks()).toEqual([rankRemoved]);
  repository.commit({ 'README.md': 'Something else' });
  expect(findBreaks()).toEqual([rankRemoved]);
});

test('tells a field that came and went', () => {
  repository.commit({ [schemaFile]: withoutRank, [declarationFile]: rankRemoved });
  repository.commit({ [schemaFile]: full });
  repository.commit({ [schemaFile]: withoutRank });
  expect(findBreaks()).toEqual([rankRemoved]);
});

test('compares a branch with main as it was when the branch left it', () => {
  repository.git('switch', '--create', 'branch');
  repository.commit({ [schemaFile]: withoutRank });
  repository.commit({ [schemaFile]: printSchema('id: ID!', 'name: String', 'color: String') });
  expect(findBreaks()).toEqual([rankRemoved]);

  repository.git('switch', 'main');
  repository.commit({ [schemaFile]: printSchema('id: ID!', 'name: String', 'rank: Int', 'size: Int') });
  repository.git('switch', 'branch');
  expect(findBreaks()).toEqual([rankRemoved]);
});

test.each([
  ['a new field', printSchema('id: ID!', 'name: String', 'rank: Int', 'color: String')],
  ['a field that is never null any more', printSchema('id: ID!', 'name: String!', 'rank: Int')],
  ['a description', printSchema('id: ID!', '"What it is called." name: String', 'rank: Int')],
])('takes %s', (_title, schema) => {
  repository.write({ [schemaFile]: schema });
  expect(findBreaks()).toEqual([]);
});

test('tells a type that is no entity any more', () => {
  repository.write({ [schemaFile]: full.replace('@key(fields: "id")', '') });
  expect(findBreaks()?.join()).toMatch(/_Entity/);
});

test('takes a breaking change that a new line declares, and no other one', () => {
  const schema = printSchema('id: ID!');
  repository.write({ [schemaFile]: schema, [declarationFile]: `Ranks moved elsewhere:\n${rankRemoved}\n` });
  expect(findBreaks()).toEqual(['Group.name was removed.']);
  repository.commit({});
  expect(findBreaks()).toEqual(['Group.name was removed.']);
});

test('does not take a line for a change that was there before', () => {
  const withColor = printSchema('id: ID!', 'name: String', 'rank: Int', 'color: String');
  repository.commit({ [schemaFile]: withColor, [declarationFile]: rankRemoved });
  repository.write({ [schemaFile]: printSchema('id: ID!', 'name: String', 'color: String') });
  expect(findBreaks()).toEqual([rankRemoved]);
});

test('has nothing to compare the first version with, nor one without a repository', () => {
  expect(findBreaks()).toBeUndefined();
  const nowhere = new Repository();
  nowhere.write({ [schemaFile]: full });
  expect(findUndeclaredBreaks(nowhere.directory)).toBeUndefined();
});

test('works in a clone, full or shallow', () => {
  repository.commit({ [schemaFile]: withoutRank });
  for (const [depth, expected] of [
    ['2', [rankRemoved]],
    ['1', undefined],
  ] as const) {
    const clone = new Repository();
    clone.git('clone', '--depth', depth, `file://${repository.directory}`, '.');
    expect(findUndeclaredBreaks(clone.directory)).toEqual(expected);
    clone.write({ [schemaFile]: printSchema('id: ID!') });
    expect(findUndeclaredBreaks(clone.directory)).toContain('Group.name was removed.');
  }
});

test('works where main is only a remote branch', () => {
  repository.git('switch', '--create', 'branch');
  repository.commit({ [schemaFile]: withoutRank });
  repository.commit({ [schemaFile]: printSchema('id: ID!', 'name: String', 'color: String') });
  const clone = new Repository();
  clone.git('clone', '--branch', 'branch', `file://${repository.directory}`, '.');
  expect(findUndeclaredBreaks(clone.directory)).toEqual([rankRemoved]);
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
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
    type Group @key(fields: "id") { ${fields.join(' ')} }
    type Query { groups(first: Int, name: String): [Group!]! }
  `;
}
