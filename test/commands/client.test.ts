import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/process.ts';
import { basic, TestCaller, useService } from '../support/service.ts';

describe('npm run client', () => {
  const held = useService('a Postgres server');
  const client = (...args: string[]) =>
    runCommand('client', args, { env: { DATABASE_URL: held.service.databaseUrl } });
  const lookUp = (name: string) =>
    held.service.db.selectFrom('api_client').selectAll().where('name', '=', name).executeTakeFirst();

  test('add prints a secret once: it works as HTTP Basic, and only its hash is stored', async () => {
    const { exit, stdout, stderr } = await client(
      ...['add', 'Till-1.north_east', '--org', '100737', '--user', '75197372', '--access', 'write'],
    );
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const secret = /^Its secret, shown this once: ([\w-]{43})$/m.exec(stdout)?.[1] ?? '';
    expect(stdout).toContain('Client "Till-1.north_east" may read and write in org 100737.');

    const authorization = basic('Till-1.north_east', secret);
    const caller = new TestCaller(held.service, { orgId: 100737, userId: 75197372, authorization });
    const group = await caller.create({ name: 'Gold', rank: 1 });
    expect(group).toMatchObject({ orgId: 100737, createdBy: 75197372 });

    const row = await lookUp('Till-1.north_east');
    expect(row?.secret_hash).toBe(createHash('sha256').update(secret).digest('hex'));
    expect(JSON.stringify(row)).not.toContain(secret);
    const listed = await client('list');
    expect(listed.stdout).toMatch(/'Till-1\.north_east' +│ 100737 +│ 75197372 +│ 'write'/);
    expect(listed.stdout).not.toContain(secret);
  });

  test('add --access read makes a client that may not write', async () => {
    const { stdout } = await client('add', 'reporter', '--org', '0', '--user', '0', '--access', 'read');
    const authorization = basic('reporter', /once: (\S+)/.exec(stdout)?.[1] ?? '');
    const caller = new TestCaller(held.service, { orgId: 0, userId: 0, authorization });
    expect(await caller.tryCreate({ name: 'Gold', rank: 1 })).toMatchObject({ code: 403 });
    expect(await caller.list()).toEqual([]);
  });

  test('revoke shuts a client out for good: its name stays taken', async () => {
    const add = ['add', 'leaver', '--org', '1', '--user', '1', '--access', 'read'];
    const { stdout } = await client(...add);
    const taken = {
      exit: 1,
      stdout: '',
      stderr: 'There is a client "leaver" already, perhaps a revoked one: choose another name.\n',
    };
    expect(await client(...add)).toEqual(taken);
    expect(await client('revoke', 'leaver')).toEqual({
      exit: 0,
      stdout: 'Client "leaver" is revoked: running services refuse it within 10 seconds.\n',
      stderr: '',
    });

    const authorization = basic('leaver', /once: (\S+)/.exec(stdout)?.[1] ?? '');
    expect(await held.service.execute('{ badgeGroups { id } }', {}, { authorization })).toMatchObject({
      status: 401,
    });
    expect((await client('list')).stdout).toMatch(/'leaver' .*│ '\d{4}-[^']+Z' +│ '\d{4}-[^']+Z' +│/);
    expect(await client(...add)).toEqual(taken);
    expect(await client('revoke', 'leaver')).toMatchObject({ exit: 1 });
  });

  test('delete forgets a revoked client and no other: its name is free, and means another client then', async () => {
    const add = ['add', 'passing', '--org', '1', '--user', '1', '--access', 'read'];
    const secrets = [/once: (\S+)/.exec((await client(...add)).stdout)?.[1] ?? ''];
    const refused = {
      exit: 1,
      stdout: '',
      stderr: 'There is no revoked client "passing": only a revoked one can be deleted.\n',
    };
    expect(await client('delete', 'passing')).toEqual(refused);
    expect(await lookUp('passing')).toMatchObject({ revoked_at: null });
    await client('revoke', 'passing');
    expect(await client('delete', 'passing')).toEqual({
      exit: 0,
      stdout: 'Client "passing" is deleted: its name is free.\n',
      stderr: '',
    });
    expect(await lookUp('passing')).toBeUndefined();
    expect(await client('delete', 'passing')).toEqual(refused);
    secrets.push(/once: (\S+)/.exec((await client(...add)).stdout)?.[1] ?? '');
    const calls = secrets.map((secret) =>
      held.service.execute('{ badgeGroups { id } }', {}, { authorization: basic('passing', secret) }),
    );
    expect(await Promise.all(calls)).toMatchObject([{ status: 401 }, { status: 200 }]);
  });

  test('revoke says that there is no such client', async () => {
    expect(await client('revoke', 'stranger')).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'There is no client "stranger" to revoke.\n',
    });
  });

  const told = ['--org', '1', '--user', '1', '--access', 'read'];

  test.concurrent.each([
    ['no command', [], 'The command is missing, but must be one of add, list, revoke, delete.'],
    [
      'an unknown command',
      ['remove', 'till'],
      'The command is "remove", but must be one of add, list, revoke, delete.',
    ],
    [
      'a name with a colon',
      ['add', 'a:b', ...told],
      'NAME is "a:b", but must be 1 to 64 letters, digits, dots, dashes and underscores.',
    ],
    [
      'no name',
      ['revoke'],
      'NAME is missing, but must be 1 to 64 letters, digits, dots, dashes and underscores.',
    ],
    [
      'an unknown access',
      ['add', 'till', ...told.with(-1, 'admin')],
      '--access is "admin", but must be read or write.',
    ],
    ['no access', ['add', 'till', ...told.slice(0, -2)], '--access is missing, but must be read or write.'],
    [
      'an access that is not said',
      ['add', 'till', ...told.slice(0, -1)],
      '--access has no value, but takes one.',
    ],
    ['a word too many', ['list', 'x'], '"x" is given, but list takes nothing.'],
    ['an unknown option', ['list', '--all'], '"--all" is given, but list takes nothing.'],
    [
      'an option of another command',
      ['delete', 'till', '--org', '1'],
      '"--org" is given, but delete takes only NAME.',
    ],
    ['an org that is no number', ['add', 'till', ...told.with(1, '1e3')], wrongOrg('1e3')],
    ['an org that begins with a dash', ['add', 'till', ...told.with(1, '-1')], wrongOrg('-1')],
    ['an org beyond an Int', ['add', 'till', ...told.with(1, '2147483648')], wrongOrg('2147483648')],
    [
      'no user',
      ['add', 'till', '--org', '1', '--access', 'read'],
      '--user is missing, but must be a whole number from 0 to 2147483647.',
    ],
  ])('refuses %s in one line, and shows the usage', async (_title, args, line) => {
    const { exit, stdout, stderr } = await client(...args);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/^.+\nUsage: npm run client -- add NAME .+\nNAME has .+\n$/);
    expect(stderr.split('\n')[0]).toBe(line);
    expect(await lookUp('till')).toBeUndefined();
  });
});

function wrongOrg(given: string): string {
  return `--org is "${given}", but must be a whole number from 0 to 2147483647.`;
}
