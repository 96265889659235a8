import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useService } from '../../support/service.ts';

describe('an update that waits for a change of somebody else, on a Postgres server', () => {
  const held = useService('a Postgres server');
  let other: Client;
  beforeAll(async () => {
    other = new Client({ connectionString: held.service.databaseUrl });
    await other.connect();
  });
  afterAll(() => other?.end());

  async function setUp() {
    const caller = await held.service.addCaller();
    return { caller, group: await caller.create({ name: 'Gold', rank: 5 }) };
  }

  /** Gives the group the rank 9 in a transaction that holds its lock until `update` waits; and when that was. */
  async function rankBeforeIt<T>(
    id: string,
    update: () => Promise<T>,
  ): Promise<{ outcome: T; rankedOn: number }> {
    await other.query(`begin; update badge_group set rank = 9 where id = '${id}'`);
    const outcome = update();
    await expect.poll(countWaiting).toBe(1);
    const { rows } = await other.query(
      `update badge_group set updated_at = clock_timestamp() where id = $1
       returning extract(epoch from updated_at)::float8 as "rankedOn"`,
      [id],
    );
    await other.query('commit');
    return { outcome: await outcome, ...rows[0] };
  }

  async function countWaiting(): Promise<number> {
    await other.query('select pg_stat_clear_snapshot()');
    const { rows } = await other.query(
      `select count(*)::int from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0].count;
  }

  test('is 409 when it comes with the lastUpdatedOn from before that change', async () => {
    const { caller, group } = await setUp();
    const { outcome } = await rankBeforeIt(group.id, () =>
      caller.tryUpdate({ id: group.id, rank: 1, ifLastUpdatedOn: group.lastUpdatedOn }),
    );
    const current = await caller.find(group.id);
    expect(current?.rank).toBe(9);
    expect(outcome).toMatchObject({ code: 409, currentGroup: current });
  });

  test('keeps what that change has changed, and is later than it although it began before', async () => {
    const { caller, group } = await setUp();
    const { outcome, rankedOn } = await rankBeforeIt(group.id, () =>
      caller.update({ id: group.id, isActive: false }),
    );
    expect(outcome).toMatchObject({ rank: 9, isActive: false });
    expect(Math.round((outcome.lastUpdatedOn - rankedOn) * 1e6)).toBe(1);
    expect(await caller.find(group.id)).toEqual(outcome);
  });

  test('writes nothing when that change has made it already', async () => {
    const { caller, group } = await setUp();
    const { outcome, rankedOn } = await rankBeforeIt(group.id, () =>
      caller.update({ id: group.id, rank: 9 }),
    );
    expect(outcome).toMatchObject({ rank: 9, lastUpdatedOn: rankedOn });
    expect(await caller.find(group.id)).toEqual(outcome);
  });
});
