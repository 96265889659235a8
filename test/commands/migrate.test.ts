import { describe, expect, test } from 'vitest';
import { createPostgresDatabase } from '../support/databases.ts';
import { runAsAdmin } from '../support/global-setup.ts';
import { runCommand } from '../support/process.ts';

const names = [
  '20261123000000-create-badge-group',
  '20261123000100-create-api-client',
  '20261123000200-index-active-badge-groups',
  '20261126000000-create-badge-group-version',
];
const list = (state: string) => names.map((name) => `${state}  ${name}\n`).join('');

describe.concurrent('npm run migrate', () => {
  test('brings an empty database up, has nothing to do then, and takes one step down', async () => {
    await using database = await createPostgresDatabase({ migrated: false });
    const migrate = (...args: string[]) =>
      runCommand('migrate', args, { env: { DATABASE_URL: database.url } });
    const place = `Database "${new URL(database.url).pathname.slice(1)}", schema "public":\n`;
    const says = (stdout: string) => ({ exit: 0, stdout: `${place}${stdout}`, stderr: '' });

    expect(await migrate('status')).toEqual(says(list('pending')));
    expect(await migrate()).toEqual(says(`${list('done   ')}Every migration is there.\n`));
    expect(await migrate('up')).toEqual(says('Nothing to do: every migration is there.\n'));
    expect(await migrate('status')).toEqual(says(list('done   ')));
    for (const name of names.toReversed()) {
      expect(await migrate('down')).toEqual(says(`undone   ${name}\n`));
    }
    expect(await migrate('down')).toEqual(says('Nothing to undo.\n'));
  });

  test('may run twice at once on an empty database: each migration is done by one of them', async () => {
    await using database = await createPostgresDatabase({ migrated: false });
    const options = { env: { DATABASE_URL: database.url } };
    const both = await Promise.all([runCommand('migrate', [], options), runCommand('migrate', [], options)]);
    expect(both).toMatchObject([
      { exit: 0, stderr: '' },
      { exit: 0, stderr: '' },
    ]);
    const done = both.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^done {5}(.+)$/gm)].map(([, name]) => name),
    );
    expect(done.toSorted()).toEqual(names);
  });

  test('has nothing to do on a database that a newer release has migrated, and says what it does not know', async () => {
    await using database = await createPostgresDatabase();
    await runAsAdmin(
      database.url,
      `insert into kysely_migration values ('29990101000000-tomorrow', '2999-01-01')`,
    );
    const migrate = async (...args: string[]) => {
      const { exit, stdout, stderr } = await runCommand('migrate', args, {
        env: { DATABASE_URL: database.url },
      });
      return { exit, said: stdout.split('\n').slice(1).join('\n') + stderr };
    };
    expect(await migrate()).toEqual({
      exit: 0,
      said: 'Nothing to do: this database is newer, a later release has made 29990101000000-tomorrow.\n',
    });
    expect(await migrate('status')).toEqual({
      exit: 0,
      said: `${list('done   ')}unknown  29990101000000-tomorrow\n`,
    });
    expect(await migrate('down')).toEqual({
      exit: 1,
      said: 'The migration failed on a database that a newer release has migrated (this one does not know 29990101000000-tomorrow): use that release.\n',
    });
  });

  test.each([
    ['sideways', 'The command is "sideways", but must be one of up, down, status.'],
    ['constructor', 'The command is "constructor", but must be one of up, down, status.'],
    ['status extra', '"extra" is given, but status takes nothing.'],
  ])('answers "%s" with what is wrong, and its usage', async (words, line) => {
    const options = { env: { DATABASE_URL: 'postgres://127.0.0.1:1/groups' } };
    expect(await runCommand('migrate', words.split(' '), options)).toEqual({
      exit: 1,
      stdout: '',
      stderr: `${line}\nUsage: npm run migrate [-- up | down | status]\n`,
    });
  });

  test.each([
    ['no DATABASE_URL', {}, /^DATABASE_URL is not set: .+\n$/],
    [
      'a DATABASE_URL that does not answer',
      { DATABASE_URL: 'postgres://badge:hunter2@127.0.0.1:1/groups' },
      /^DATABASE_URL points at a database that does not answer \(connect ECONNREFUSED 127\.0\.0\.1:1\): start it, or correct the URL\.\n$/,
    ],
  ])('says in one line what is wrong with %s', async (_title, env, line) => {
    const { exit, stdout, stderr } = await runCommand('migrate', [], { env });
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
