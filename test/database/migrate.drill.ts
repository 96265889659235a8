import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMigrationNames } from '../../src/database/migrations.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import { connectPatiently } from '../support/databases.ts';
import { documented, startPgBouncer } from '../support/pgbouncer.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { runCommand } from '../support/process.ts';
import { makeRelease } from '../support/release.ts';
import { query } from '../support/standby.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgresServer();
});

afterAll(() => server?.stop());

test('four at once through PgBouncer in transaction mode, ten times on an empty database, all end with 0', async () => {
  await using bouncer = await startPgBouncer(server, { poolMode: 'transaction' });
  for (let round = 0; round < 10; round += 1) {
    const name = `round_${round}`;
    await query(server, `create database ${name}`);
    const migrate = () => runCommand('migrate', [], { env: { DATABASE_URL: bouncer.url(name) } });
    const all = await Promise.all(Array.from({ length: 4 }, migrate));
    expect(all.map(({ exit, stderr }) => ({ exit, stderr }))).toEqual(Array(4).fill({ exit: 0, stderr: '' }));
    const done = all.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^done {5}(.+)$/gm)].map(([, each]) => each),
    );
    expect(done.toSorted()).toEqual(readMigrationNames());
  }
  // Nothing stays on the connections that the pooler keeps.
  const kept = `select from pg_stat_activity where datname like 'round%' and state <> 'idle'`;
  expect(await query(server, kept)).toEqual([]);
  const locks = `select from pg_locks join pg_database on oid = database where datname like 'round%'`;
  expect(await query(server, locks)).toEqual([]);
});

test('what runs beside the transaction of its migration may take longer than a pooler lets one stand still', async () => {
  const settings = { ...documented.settings, idle_transaction_timeout: 1 };
  await using bouncer = await startPgBouncer(server, { settings });
  const name = '29990101000000-take-time';
  const up = 'new Promise((resolve) => setTimeout(resolve, 4_000))';
  await using release = await makeRelease([], {
    [name]: `export const transaction = false;\nexport const up = () => ${up};\nexport const down = up;\n`,
  });
  await query(server, 'create database slow');
  const db = connectPatiently(bouncer.url('slow'), { poolSize: 3 });
  expect(await migrateToLatest(db, release)).toContain(name);
  await db.destroy();
});

test('PgBouncer in statement mode is refused in one line', async () => {
  await using bouncer = await startPgBouncer(server, { poolMode: 'statement' });
  const { exit, stderr } = await runCommand('migrate', [], { env: { DATABASE_URL: bouncer.url() } });
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: expect.stringMatching(
      /^[^\n]+ a database whose pooler carries no transactions \(.*statement pooling mode.*\): say pool_mode = transaction in PgBouncer\.\n$/,
    ),
  });
});
