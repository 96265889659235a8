import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { createPostgresDatabase } from '../support/databases.ts';
import { makeDirectory } from '../support/directory.ts';
import { runAsAdmin } from '../support/global-setup.ts';
import { addClient, runCommand, ServiceProcess, spawnService } from '../support/process.ts';
import { TestCaller, useService } from '../support/service.ts';

describe.concurrent('a start on a Postgres server that cannot serve', () => {
  test('says that it does not answer, and never the password', async () => {
    expect(await failToStart('postgres://badge:hunter2@127.0.0.1:1/groups')).toBe(
      'DATABASE_URL points at a database that does not answer (connect ECONNREFUSED 127.0.0.1:1): start it, or correct the URL.\n',
    );
  });

  test('says that the database does not exist', async () => {
    const url = new URL(inject('adminUrl'));
    url.pathname = 'badge_groups_nowhere';
    expect(await failToStart(url.href)).toMatch(
      /^DATABASE_URL points at a database that does not exist \(database "badge_groups_nowhere" does not exist\): create it, .+\n$/,
    );
  });

  test('names "npm run migrate" where migrations are missing', async () => {
    await using database = await createPostgresDatabase({ migrated: false });
    expect(await failToStart(database.url)).toBe(
      'DATABASE_URL points at a database that lacks 4 migration(s): run "npm run migrate".\n',
    );
  });

  test('names the encoding that is wrong and the one that is right', async () => {
    const name = `${inject('databasePrefix')}latin1`;
    const options = `encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`;
    await runAsAdmin(inject('adminUrl'), `create database ${name} ${options}`);
    const url = new URL(inject('adminUrl'));
    url.pathname = name;
    expect(await failToStart(url.href)).toBe(
      'DATABASE_URL points at a database whose encoding is LATIN1: create it with encoding UTF8.\n',
    );
    await runAsAdmin(inject('adminUrl'), `drop database ${name} with (force)`);
  });
});

test('two processes, fifty creates of one name at once: one group, forty-nine 733, no error in the database', async () => {
  await using database = await createPostgresDatabase();
  const client = await addClient(database.url);
  const before = await readStatistics(database.url);

  await using one = await ServiceProcess.start({ DATABASE_URL: database.url });
  await using other = await ServiceProcess.start({ DATABASE_URL: database.url });
  const callers = [new TestCaller(one, client), new TestCaller(other, client)] as const;
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      callers[(index % 2) as 0 | 1].tryCreate({ name: 'Gold', rank: index }),
    ),
  );
  const [winner, ...others] = outcomes.filter(({ __typename }) => __typename === 'BadgeGroup');
  expect(others).toEqual([]);
  const { __typename, ...existingGroup } = winner ?? { __typename: 'none' };
  const losers = outcomes.filter((outcome) => outcome !== winner);
  expect(losers).toEqual(losers.map(() => expect.objectContaining({ code: 733, existingGroup })));
  expect(await callers[0].list()).toEqual([existingGroup]);
  expect(await callers[1].list()).toEqual([existingGroup]);
  expect((await readStatistics(database.url)).openTransactions).toBe(0);

  // The statistics are whole when the connections have ended.
  expect([(await one.stop()).exit, (await other.stop()).exit]).toEqual([0, 0]);
  await expect.poll(async () => (await readStatistics(database.url)).connections, { timeout: 5_000 }).toBe(0);
  // Postgres 14 counts with a delay.
  const countCommits = async () => (await readStatistics(database.url)).commits - before.commits;
  await expect.poll(countCommits).toBeGreaterThanOrEqual(50);
  const after = await readStatistics(database.url);
  expect(after.rollbacks - before.rollbacks).toBe(0);
});

test('the service and both commands take the database that DATABASE_URL_FILE holds, in production, too', async () => {
  await using database = await createPostgresDatabase({ migrated: false });
  await using secrets = await makeDirectory({ url: `${database.url}\n` });
  const env = { NODE_ENV: 'production', DATABASE_URL_FILE: join(secrets.path, 'url') };
  expect(await runCommand('migrate', [], { env })).toMatchObject({ exit: 0, stderr: '' });
  expect(await runCommand('client', ['list'], { env })).toMatchObject({ exit: 0, stderr: '' });
  await using service = await ServiceProcess.start(env);
  expect((await fetch(new URL('/ready', service.url))).status).toBe(200);
});

test.each([{ NODE_ENV: 'production' }, { HOST: '0.0.0.0' }])(
  'no database is made unasked with %j',
  async (env) => {
    await using directory = await makeDirectory();
    const [refusal, ...more] = await Promise.all([
      spawnService(env, { cwd: directory.path }).ended,
      runCommand('migrate', [], { env, cwd: directory.path }),
      runCommand('client', ['list'], { env, cwd: directory.path }),
    ]);
    expect(refusal).toMatchObject({ exit: 1, stdout: '' });
    expect(refusal.stderr).toMatch(/^DATABASE_URL is not set, and .+\n$/);
    expect(more).toEqual([refusal, refusal]);
    expect(await readdir(directory.path)).toEqual([]);
  },
);

describe('a client', () => {
  const held = useService('a Postgres server');
  afterEach(() => vi.restoreAllMocks());

  test('that is revoked is refused within 10 s by a service that has just accepted it', async () => {
    const databaseUrl = held.service.databaseUrl as string;
    const caller = new TestCaller(held.service, await addClient(databaseUrl, 'short-lived'));
    expect(await caller.list()).toEqual([]);
    await runCommand('client', ['revoke', 'short-lived'], { env: { DATABASE_URL: databaseUrl } });
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 10_001);
    expect(await caller.execute('{ badgeGroups { id } }')).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test('called demo does not exist on a Postgres server', async () => {
    await using service = await ServiceProcess.start({ DATABASE_URL: held.service.databaseUrl });
    expect(await service.demo.execute('{ badgeGroups { id } }')).toMatchObject({ status: 401 });
    const { rows } = await query(
      held.service.databaseUrl as string,
      `select name from api_client where name in ('demo', 'reader')`,
    );
    expect(rows).toEqual([]);
  });
});

/** What a process that must not start on this database says. */
test('DATABASE_URL is all that counts, whatever libpq would take from its own variables', async () => {
  await using database = await createPostgresDatabase();
  const PGOPTIONS = '-c search_path=nowhere';
  const env = { DATABASE_URL: database.url, PGOPTIONS, PGSSLMODE: 'verify-full', PGREPLICATION: 'database' };
  expect(await runCommand('client', ['list'], { env })).toEqual({
    exit: 0,
    stdout: 'There are no clients yet.\n',
    stderr: '',
  });
});

async function failToStart(databaseUrl: string): Promise<string> {
  await using service = spawnService({ DATABASE_URL: databaseUrl });
  const { exit, stdout, stderr } = await service.ended;
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  return stderr;
}

interface Statistics {
  readonly commits: number;
  readonly rollbacks: number;
  readonly connections: number;
  readonly openTransactions: number;
}

async function readStatistics(url: string): Promise<Statistics> {
  const { rows } = await query<Statistics>(
    url,
    `select xact_commit::int as commits, xact_rollback::int as rollbacks,
       (select count(*)::int from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend') as connections,
       (select count(*)::int from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%') as "openTransactions"
     from pg_stat_database where datname = current_database()`,
  );
  return rows[0] as Statistics;
}

async function query<Row extends object>(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  return await client.query<Row>(sql).finally(() => client.end());
}
