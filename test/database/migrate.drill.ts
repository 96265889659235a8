import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMigrationNames } from '../../src/database/migrations.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { runCommand } from '../support/process.ts';
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
