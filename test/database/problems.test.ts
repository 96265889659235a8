import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createPostgresDatabase } from '../support/databases.ts';
import { runAsAdmin } from '../support/global-setup.ts';
import { runCommand } from '../support/process.ts';
import { findRefusal } from '../support/refusal.ts';
import { openRefusingServer } from '../support/refusing-server.ts';

/** A role of the test's own, with nothing but a login, and the database as that role. */
async function createRole(databaseUrl: string, ...statements: string[]) {
  const role = `role_${randomUUID().replaceAll('-', '')}`;
  const database = new URL(databaseUrl).pathname.slice(1);
  const url = new URL(databaseUrl);
  url.username = role;
  const run = (sql: string) =>
    runAsAdmin(databaseUrl, sql.replaceAll('ROLE', role).replaceAll('DATABASE', `"${database}"`));
  await run('create role ROLE login');
  for (const statement of statements) await run(statement);
  return {
    role,
    url: url.href,
    run,
    [Symbol.asyncDispose]: () => run('drop owned by ROLE cascade; drop role ROLE'),
  };
}

describe('each refusal of a database server has its own remedy', () => {
  test.each([
    [
      '08P01',
      'unsupported startup parameter: options',
      'whose pooler refuses a parameter (unsupported startup parameter: options): take it out of the URL, and set it by "alter role".',
    ],
    [
      '08P01',
      'transaction blocks not allowed in statement pooling mode',
      'whose pooler carries no transactions (transaction blocks not allowed in statement pooling mode): say pool_mode = transaction in PgBouncer.',
    ],
    [
      '08P01',
      'server login has been failing, try again later (server_login_retry)',
      'whose pooler does not reach it (server login has been failing, try again later (server_login_retry)): start it, or see the log of PgBouncer.',
    ],
    [
      '08P01',
      'SASL authentication failed',
      'that refuses the password (SASL authentication failed): correct user and password in the URL.',
    ],
    [
      '08P01',
      'database "groups" does not exist',
      'that does not exist (database "groups" does not exist): create it, or correct its name in the URL.',
    ],
    [
      '08P01',
      'no such database: groups',
      'that does not exist (no such database: groups): create it, or correct its name in the URL.',
    ],
    [
      '28P01',
      'password authentication failed for user "badge"',
      'that refuses the password (password authentication failed for user "badge"): correct user and password in the URL.',
    ],
    [
      '28000',
      'role "badge" does not exist',
      'that refuses the user (role "badge" does not exist): correct it in the URL, create it, or let it in by pg_hba.conf.',
    ],
    [
      '28000',
      'no pg_hba.conf entry for host "127.0.0.1", user "badge", database "groups", no encryption',
      'that refuses the user (no pg_hba.conf entry for host "127.0.0.1", user "badge", database "groups", no encryption): say sslmode=verify-full in the URL, or let it in by pg_hba.conf.',
    ],
    [
      '42501',
      'permission denied for database "groups"',
      'whose role lacks a right (permission denied for database "groups"): let the owner grant it.',
    ],
    [
      '53300',
      'sorry, too many clients already',
      'that has no connection left (sorry, too many clients already): raise its max_connections, or lower DATABASE_POOL_SIZE.',
    ],
    [
      '57P03',
      'the database system is starting up',
      'that is starting or stopping (the database system is starting up): try again.',
    ],
    ['XX000', 'out of\ncheese', 'that cannot be used (out of cheese): see its log.'],
  ])('%s, %s', async (code, message, line) => {
    await using server = await openRefusingServer({ code, message });
    expect(await findRefusal(server.url)).toBe(line);
  });

  test('a host that nobody knows, a port where nobody listens, a server without TLS', async () => {
    expect(await findRefusal('postgres://badge:hunter2@nowhere.invalid/groups')).toMatch(
      /^whose host nobody knows \(.+ nowhere\.invalid\): correct the host in the URL\.$/,
    );
    expect(await findRefusal('postgres://badge:hunter2@127.0.0.1:1/groups')).toBe(
      'that does not answer (connect ECONNREFUSED 127.0.0.1:1): start it, or correct the URL.',
    );
    await using server = await openRefusingServer({ code: '08P01', message: 'never said' });
    expect(await findRefusal(`${server.url}?sslmode=verify-full`)).toBe(
      'that has no TLS (The server does not support SSL connections): turn it on there, or say sslmode=disable in the URL.',
    );
  });
});

describe('a role on a migrated database', () => {
  test('that lacks rights is told the statements that grant them, and can serve then', async () => {
    await using database = await createPostgresDatabase();
    await using role = await createRole(database.url);
    const name = role.role;
    const grant = (right: string, table: string) => `grant ${right} on ${table} to ${name}`;
    const all = [
      grant('select', 'kysely_migration'),
      grant('select', 'api_client'),
      grant('select', 'badge_group'),
      grant('insert', 'badge_group'),
      grant('update', 'badge_group'),
      grant('select', 'badge_group_version'),
      grant('insert', 'badge_group_version'),
    ];
    for (let given = 0; given < all.length; given += 1) {
      expect(await findRefusal(role.url)).toBe(
        `whose role lacks rights: let the owner run "${all.slice(given).join('; ')}".`,
      );
      await role.run(all[given] as string);
    }
    expect(await findRefusal(role.url)).toBe(': It was opened.');
  });

  test('whose search_path does not name their schema is told which one does', async () => {
    await using database = await createPostgresDatabase();
    await using role = await createRole(
      database.url,
      'grant select, insert, update on all tables in schema public to ROLE',
      'alter role ROLE in database DATABASE set search_path = elsewhere',
    );
    expect(await findRefusal(role.url)).toBe(
      'whose tables are in the schema public, which the role does not see: let it use that schema, and let its search_path (elsewhere) name it.',
    );
    expect(await findRefusal(`${role.url}?options=-c%20search_path%3Dpublic`)).toBe(': It was opened.');
  });

  test('is told that tables are gone which the migrations have made', async () => {
    await using database = await createPostgresDatabase();
    await runAsAdmin(database.url, 'drop table api_client');
    expect(await findRefusal(database.url)).toBe(
      'that has migrations, but not their tables (api_client): restore them.',
    );
  });
});

describe('npm run migrate', () => {
  test.each([
    ['that the URL names', '?options=-c%20search_path%3Dloyalty', ''],
    ['that the role has by default', '', 'alter role ROLE set search_path = loyalty'],
  ])('works in the schema %s, and the service finds its tables there', async (_title, query, statement) => {
    await using database = await createPostgresDatabase({ migrated: false });
    await using role = await createRole(
      database.url,
      'create schema loyalty authorization ROLE',
      ...[statement].filter(Boolean),
    );
    // Of another service, in the schema that all can see.
    await role.run(`create table public.kysely_migration (name varchar(255) primary key, timestamp varchar(255));
      create table public.kysely_migration_lock (id varchar(255) primary key, is_locked integer not null default 0)`);
    const env = { DATABASE_URL: `${role.url}${query}` };
    const { exit, stdout, stderr } = await runCommand('migrate', [], { env });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const place = `Database "${new URL(database.url).pathname.slice(1)}", schema "loyalty":`;
    expect(stdout.split('\n')).toEqual([
      place,
      expect.stringMatching(/^done {5}\d+-create-badge-group$/),
      expect.stringMatching(/^done /),
      expect.stringMatching(/^done /),
      expect.stringMatching(/^done /),
      'Every migration is there.',
      '',
    ]);
    expect(await findRefusal(env.DATABASE_URL)).toBe(': It was opened.');
    const again = await runCommand('migrate', ['down'], { env });
    expect(again).toEqual({ exit: 0, stderr: '', stdout: expect.stringContaining(`${place}\nundone `) });
  });

  test.each([
    [
      'a schema that is not there',
      'search_path=nowhere',
      [],
      /^The migration failed on a database with no schema that the role may use in its search_path \(nowhere\): create one of these for it\.\n$/,
    ],
    [
      'a schema in which the role may create nothing',
      'search_path=loyalty',
      ['create schema loyalty', 'grant usage on schema loyalty to ROLE'],
      /^The migration failed on a database whose role lacks a right \(permission denied for schema loyalty\): let the owner grant it\.\n$/,
    ],
    [
      'what a newer release has migrated',
      'search_path=public',
      [
        `create table kysely_migration as select '29990101000000-tomorrow' as name`,
        'grant select on kysely_migration to ROLE',
      ],
      /^The migration failed on a database that a newer release has migrated \(this one does not know 29990101000000-tomorrow\) and that lacks 2026.+: use one that knows all\.\n$/,
    ],
  ])('says in one line what is wrong with %s', async (_title, setting, statements, line) => {
    await using database = await createPostgresDatabase({ migrated: false });
    await using role = await createRole(database.url, ...statements);
    const env = { DATABASE_URL: `${role.url}?options=-c%20${encodeURIComponent(setting)}` };
    const { exit, stderr } = await runCommand('migrate', [], { env });
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(line) });
  });
});
