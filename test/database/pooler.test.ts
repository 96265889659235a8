import { sql } from 'kysely';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { openPostgres, type PostgresOptions } from '../../src/database/postgres.ts';
import { prepare } from '../../src/database/statement.ts';
import { recordLog } from '../support/recorded-log.ts';
import { openParameterRefuser } from '../support/refusing-server.ts';

describe('a pooler that refuses startup parameters', () => {
  test.each(['statement_timeout', 'idle_in_transaction_session_timeout'])(
    'is asked no more for %s, by any connection',
    async (refused) => {
      await using pooler = await openParameterRefuser(inject('adminUrl'), refused);
      const { db } = open(pooler.url, { poolSize: 3 });
      const asks = Array.from({ length: 3 }, () => sql`show statement_timeout`.execute(db));
      for (const { rows } of await Promise.all(asks)) expect(rows).toEqual([{ statement_timeout: '0' }]);
      expect(pooler.refusals()).toBe(3);
      await sql`select 1`.execute(db);
      expect(pooler.refusals()).toBe(3);
    },
  );

  test('does not keep a statement from ending at its bound', async () => {
    await using pooler = await openParameterRefuser(inject('adminUrl'), 'statement_timeout');
    const limits = { statement: 500, answer: 60_000, stuck: 30_000 };
    const { db, countConnections } = open(pooler.url, { limits });
    await expect(sql`select pg_sleep(60), 'bounded'`.execute(db)).rejects.toThrow('did not answer in time');
    await expect.poll(countConnections).toMatchObject({ used: 0, stuck: 0 });
    const { rows } = await sql`select from pg_stat_activity
      where state = 'active' and query like '%bounded%' and pid <> pg_backend_pid()`.execute(
      open(inject('adminUrl')).db,
    );
    expect(rows).toEqual([]);
  });
});

test('a server that knows the bound is waited for by a limit of its own', async () => {
  const limits = { statement: 60_000, answer: 100 };
  const { db, checkBounds } = open(inject('adminUrl'), { limits });
  await checkBounds();
  await expect(sql`select pg_sleep(60)`.execute(db)).rejects.toThrow('did not answer in time');
});

describe('a pooler that loses prepared statements', () => {
  const one = prepare<object>('one', (db) => db.selectNoFrom(sql<string>`1`.as('one')));
  const two = prepare<object>('two', (db) => db.selectNoFrom(sql<string>`2`.as('two')));

  test.each([
    ['that a client has made', 'deallocate all'],
    ['that it has never made', `deallocate all; prepare ${two.name} as select 3`],
  ])('does so unnoticed: %s is sent again, and from then on without its name', async (_which, lose) => {
    const { db, log } = open(inject('adminUrl'), { poolSize: 1 });
    await db.run(one, {});
    await sql.raw(lose).execute(db);
    expect(await db.run(lose.includes('prepare ') ? two : one, {})).toEqual([
      [lose.includes('prepare ') ? '2' : '1'],
    ]);
    expect([await db.run(one, {}), await db.run(two, {})]).toEqual([[['1']], [['2']]]);
    const { rows } = await sql`select from pg_prepared_statements where name = ${one.name}`.execute(db);
    expect(rows).toEqual([]);
    expect(log.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, msg: expect.stringContaining('DATABASE_NAMED_STATEMENTS=off') },
    ]);
  });
});

test('a connection that the server ends with its last word is not used again', async () => {
  const { db } = open(inject('adminUrl'), { poolSize: 1 });
  const end = sql`select pg_terminate_backend(pg_backend_pid())`.execute(db);
  await expect(end).rejects.toMatchObject({ code: '57P01' });
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
});

/** A pool until the end of the test, and what it logs. */
function open(url: string, options: Partial<PostgresOptions> = {}) {
  const { logger, log } = recordLog('warn');
  const postgres = openPostgres(url, { poolSize: 2, logger, ...options });
  onTestFinished(() => postgres.db.destroy());
  return { ...postgres, log };
}
