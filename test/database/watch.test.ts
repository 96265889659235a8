import { EventEmitter } from 'node:events';
import { sql } from 'kysely';
import { pino } from 'pino';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openPostgres, type PostgresOptions } from '../../src/database/postgres.ts';
import { prepare } from '../../src/database/statement.ts';
import type { Watch } from '../../src/database/watch.ts';
import { openSharedDatabase } from '../support/databases.ts';

const look = prepare('look', (db) => db.selectNoFrom(sql`1`.as('one')));
const rest = prepare('rest', (db) => db.selectNoFrom(sql`pg_sleep(0.2)`.as('nothing')));
const touch = prepare('touch', (db) =>
  db.updateTable('badge_group').set({ rank: 1 }).where('org_id', '=', -1),
);

describe('Who watches a pool', () => {
  let url = '';
  beforeAll(async () => {
    url = String((await openSharedDatabase('a Postgres server')).url);
  });

  test('is told of each wait by its kind, and of each statement by its title', async () => {
    const { db, told } = watchPool(url);
    await db.run(look, {});
    await db.run(touch, {});
    await sql`select 1`.execute(db);
    expect(told.map(([event, name]) => [event, name])).toEqual([
      ['wait', 'read'],
      ['statement', 'look'],
      ['wait', 'write'],
      ['statement', 'touch'],
      ['wait', 'read'],
      ['statement', '(other)'],
    ]);
  });

  test('is told of statements that have no names by their titles, too', async () => {
    const { db, told } = watchPool(url, { namesStatements: false });
    await db.run(look, {});
    expect(told).toContainEqual(['statement', 'look', expect.any(Number)]);
  });

  test('is told of a statement’s time without the wait before it', async () => {
    const { db, told, watch } = watchPool(url, { poolSize: 1 });
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    onTestFinished(() => now.mockRestore());
    watch.once('statement', () => now.mockReturnValue(1_000));
    await Promise.all([db.run(rest, {}), db.run(look, {})]);
    expect(told.slice(-3)).toEqual([
      ['statement', 'rest', 0],
      ['wait', 'read', 1_000],
      ['statement', 'look', 0],
    ]);
  });

  test('is told of a statement that fails, and of one that is given up', async () => {
    const { db, told } = watchPool(url, { limits: { answer: 50 } });
    await expect(sql`select 1 / 0`.execute(db)).rejects.toThrow('division by zero');
    await expect(db.run(rest, {})).rejects.toThrow('did not answer in time');
    expect(told.filter(([event]) => event === 'statement')).toEqual([
      ['statement', '(other)', expect.any(Number)],
      ['statement', 'rest', expect.any(Number)],
    ]);
  });

  test('is told of a wait that ends without a connection', async () => {
    const { db, told } = watchPool('postgres://postgres@127.0.0.1:1/postgres');
    await expect(db.run(look, {})).rejects.toThrow('ECONNREFUSED');
    await expect(db.run(touch, {})).rejects.toThrow('ECONNREFUSED');
    expect(told).toEqual([
      ['wait', 'read', expect.any(Number)],
      ['wait', 'write', expect.any(Number)],
    ]);
  });
});

type Told = [event: string, name: string, ms: number];

/** A pool that lives while the running test runs, and what its watch is told. */
function watchPool(url: string, options: Partial<PostgresOptions> = {}) {
  const watch: Watch = new EventEmitter();
  const told: Told[] = [];
  watch.on('wait', (kind, ms) => told.push(['wait', kind, ms]));
  watch.on('statement', (title, ms) => told.push(['statement', title, ms]));
  const logger = pino({ level: 'silent' });
  const { db } = openPostgres(url, { poolSize: 2, logger, watch, ...options });
  onTestFinished(() => db.destroy());
  return { db, told, watch };
}
