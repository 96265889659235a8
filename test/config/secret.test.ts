import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { parseDatabaseUrl } from '../../src/config/database-url.ts';
import { StartError } from '../../src/config/start-error.ts';
import { makeDirectory } from '../support/directory.ts';

const url = 'postgres://badge:hunter2@db/groups';
const parsed = parseDatabaseUrl('DATABASE_URL', url);

test.each([
  ['as it is', url],
  ['without the newline at its end', `${url}\n`],
  ['without the line break of Windows at its end', `${url}\r\n`],
  ['without a byte order mark', `\uFEFF${url}\n`],
])('DATABASE_URL_FILE gives what the file holds, %s', async (_title, text) => {
  await using directory = await makeDirectory({ secret: text });
  const DATABASE_URL_FILE = join(directory.path, 'secret');
  expect(readConfig({ DATABASE_URL_FILE, NODE_ENV: 'production' }).databaseUrl).toEqual(parsed);
  expect(readConfig({ DATABASE_URL_FILE, DATABASE_URL: '' }).databaseUrl).toEqual(parsed);
});

test('an empty DATABASE_URL_FILE counts as absent', () => {
  expect(readConfig({ DATABASE_URL_FILE: '', DATABASE_URL: url }).databaseUrl).toEqual(parsed);
  expect(readConfig({ DATABASE_URL_FILE: '' }).databaseUrl).toBeUndefined();
});

test('DATABASE_URL_FILE is refused in one line that names variable, file and remedy', async () => {
  await using directory = await makeDirectory({
    empty: '\n',
    mark: '\uFEFF\n',
    wrong: 'mysql://badge:hunter2@db\n',
    typo: `${url}?sslmode=prefer`,
  });
  const { path } = directory;
  const refuse = (name: string, env = {}) => findRefusal({ DATABASE_URL_FILE: join(path, name), ...env });
  expect(refuse('nowhere')).toBe(
    `DATABASE_URL_FILE is "${path}/nowhere", which cannot be read (ENOENT): correct the path, or let this user read what is there.`,
  );
  expect(refuse('.')).toMatch(/^DATABASE_URL_FILE is ".+", which cannot be read \(EISDIR\): /);
  expect(refuse('empty')).toBe(
    `DATABASE_URL_FILE is "${path}/empty", which is empty: let it hold the DATABASE_URL.`,
  );
  expect(refuse('empty', { DATABASE_URL: url })).toBe(
    'DATABASE_URL and DATABASE_URL_FILE are both set: take one of them away.',
  );
  expect(refuse('wrong')).toBe(
    `DATABASE_URL_FILE is "${path}/wrong", whose text is "mysql:…", but must be a URL like postgres://user:password@host:5432/database.`,
  );
  expect(refuse('typo')).toMatch(
    /^DATABASE_URL_FILE is ".+typo", whose text has sslmode=prefer, but takes only /,
  );
  expect(refuse('mark')).toMatch(/^DATABASE_URL_FILE is ".+mark", which is empty: /);
});

test('DATABASE_REPLICA_URL_FILE is read and refused likewise', async () => {
  await using directory = await makeDirectory({ replica: `\uFEFF${url}\n`, wrong: 'mysql://db' });
  const read = (name: string) => ({
    DATABASE_URL: url,
    DATABASE_REPLICA_URL_FILE: join(directory.path, name),
  });
  expect(readConfig(read('replica')).databaseReplicaUrl).toEqual(parsed);
  expect(findRefusal(read('wrong'))).toMatch(
    /^DATABASE_REPLICA_URL_FILE is ".+wrong", whose text is "mysql:…", but must be /,
  );
});

function findRefusal(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  throw new Error('It was not refused.');
}
