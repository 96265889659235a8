import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { connectPatiently, createPostgresDatabase } from '../support/databases.ts';
import { runCommand } from '../support/process.ts';

const distribute = (url: string) => runCommand('distribute', [], { env: { DATABASE_URL: url } });

/** What the command uses of Citus, which remembers how it was called. The real thing needs an extension of the server. */
async function pretendCitus(url: string) {
  const db = connectPatiently(url);
  await sql`create table calls (call text, table_name regclass)`.execute(db);
  await sql`create view citus_tables as select table_name from calls`.execute(db);
  await sql`
    create function create_distributed_table(
      table_name regclass, distribution_column text, distribution_type text default 'hash', colocate_with text default 'default'
    ) returns void language sql as $$
      insert into calls values (format('%s by %s with %s', table_name, distribution_column, colocate_with), table_name)
    $$`.execute(db);
  await sql`
    create function create_reference_table(table_name regclass) returns void language sql as $$
      insert into calls values (format('%s everywhere', table_name), table_name)
    $$`.execute(db);
  return {
    async readCalls(): Promise<string[]> {
      const { rows } = await sql<{ call: string }>`select call from calls`.execute(db);
      return rows.map(({ call }) => call);
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

describe.concurrent('npm run distribute', () => {
  test('has Citus spread the groups and their versions by the org, together, and copy the clients, once', async () => {
    await using database = await createPostgresDatabase();
    await using citus = await pretendCitus(database.url);
    expect(await distribute(database.url)).toEqual({
      exit: 0,
      stdout:
        'done   badge_group, by org_id\n' +
        'done   badge_group_version, by org_id\n' +
        'done   api_client, a copy on each node\n',
      stderr: '',
    });
    const calls = [
      'badge_group by org_id with default',
      'badge_group_version by org_id with badge_group',
      'api_client everywhere',
    ];
    expect(await citus.readCalls()).toEqual(calls);
    const again = await distribute(database.url);
    expect(again).toMatchObject({ exit: 0, stderr: '' });
    expect(again.stdout.match(/^there {2}/gm)).toHaveLength(3);
    expect(await citus.readCalls()).toEqual(calls);
  });

  test('says in one line that there is no Citus, or that the tables are not there yet', async () => {
    await using database = await createPostgresDatabase();
    await using empty = await createPostgresDatabase({ migrated: false });
    const [plain, unmigrated] = await Promise.all([distribute(database.url), distribute(empty.url)]);
    expect(plain).toEqual({
      exit: 1,
      stdout: '',
      stderr:
        'DATABASE_URL points at a database without Citus: let a superuser run "create extension citus", on every node.\n',
    });
    expect(unmigrated.stderr).toMatch(/lacks \d migration\(s\): run "npm run migrate"\.\n$/);
  });
});
