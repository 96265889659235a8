import { sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, inject, test } from 'vitest';
import { openPostgres } from '../../src/database/postgres.ts';
import { runAsAdmin } from '../support/global-setup.ts';
import { type BadgeGroup, type TestService, useService } from '../support/service.ts';

const settings = [
  ['extra_float_digits', '0'],
  ['extra_float_digits', '-15'],
  ['DateStyle', 'SQL, DMY'],
  ['IntervalStyle', 'sql_standard'],
  ['TimeZone', 'Asia/Kathmandu'],
  ['bytea_output', 'escape'],
  ['search_path', 'pg_catalog, public'],
  ['lc_numeric', 'C'],
  ['enable_indexscan', 'off'],
  ['array_nulls', 'off'],
  ['transform_null_equals', 'on'],
  ['default_transaction_isolation', 'repeatable read'],
  ['default_transaction_isolation', 'serializable'],
] as const;

const entities = `query ($id: String!) {
  _entities(representations: [{ __typename: "BadgeGroup", id: $id }]) {
    ... on BadgeGroup { createdOn lastUpdatedOn }
  }
}`;

/** The service on a connection of its own, whose sessions all begin with this setting of the database. */
async function withSetting(
  service: TestService,
  [name, value]: readonly [string, string],
  work: (service: TestService) => Promise<void>,
): Promise<void> {
  const url = service.databaseUrl as string;
  const alterDatabase = `alter database "${new URL(url).pathname.slice(1)}"`;
  await runAsAdmin(inject('adminUrl'), `${alterDatabase} set ${name} = ${quote(name, value)}`);
  const { db } = openPostgres(url, { poolSize: 10, logger: pino({ level: 'silent' }) });
  const { rows } = await sql<Record<string, string>>`show ${sql.id(name)}`.execute(db);
  expect(Object.values(rows[0] ?? {})).toEqual([value]);
  await work(service.with({ db }));
  await db.destroy();
  await runAsAdmin(inject('adminUrl'), `${alterDatabase} reset ${name}`);
}

/** A list of names is no single string. */
function quote(name: string, value: string): string {
  return name === 'search_path' ? value : `'${value}'`;
}

/** Everything that is told of a group by one path is told by every other, and an update finds it again. */
async function expectOneInstant(service: TestService): Promise<void> {
  const caller = await service.addCaller();
  for (let rank = 1; rank <= 5; rank += 1) {
    const group = await caller.create({ name: `Group ${rank}`, rank });
    // Its microseconds are what a rounded text would lose; the embedded clock has none by itself.
    await sql`update badge_group set created_at = created_at + ${`${rank * 37} microseconds`}::interval,
        updated_at = updated_at + interval '1 s' + ${`${rank * 137} microseconds`}::interval
      where id = ${group.id}`.execute(service.db);
    const found = await caller.find(group.id);
    const { createdOn, lastUpdatedOn, lastUpdatedOnISO } = found ?? group;
    expect(Math.round((createdOn - group.createdOn) * 1e6)).toBe(rank * 37);
    expect(Math.round((lastUpdatedOn - group.lastUpdatedOn) * 1e6)).toBe(1_000_000 + rank * 137);
    expect(lastUpdatedOnISO).toBe(new Date(lastUpdatedOn * 1_000).toISOString().replace(/\.\d+/, ''));
    expect((await caller.list()).find(({ id }) => id === group.id)).toEqual(found);
    const { data } = await caller.execute(entities, { id: group.id });
    expect(data).toEqual({ _entities: [{ createdOn, lastUpdatedOn }] });

    const changes = { id: group.id, rank: 100 + rank, ifLastUpdatedOn: lastUpdatedOn };
    const updated = await caller.update(changes);
    expect(updated).toMatchObject({ rank: 100 + rank, createdOn });
    expect(await caller.find(group.id)).toEqual(updated);
    expect(await caller.tryUpdate(changes)).toMatchObject({ code: 409, currentGroup: updated });
    expect(await caller.tryCreate({ name: group.name, rank })).toMatchObject({
      code: 733,
      existingGroup: updated,
    });
  }
}

describe('settings of a database on a Postgres server', () => {
  const held = useService('a Postgres server');

  test.each(settings)('%s = %s changes no instant, and no update by one', async (...setting) => {
    await withSetting(held.service, setting, expectOneInstant);
  });

  test.each(['repeatable read', 'serializable'])(
    'default_transaction_isolation = %s changes nothing in how racing creates and updates are answered',
    async (isolation) => {
      await withSetting(held.service, ['default_transaction_isolation', isolation], expectRacesDecided);
    },
  );
});

describe('settings of the session of the embedded database', () => {
  const held = useService('the embedded database');

  test.each(settings)('%s = %s changes no instant, and no update by one', async (name, value) => {
    await sql`set ${sql.id(name)} = ${sql.raw(quote(name, value))}`.execute(held.service.db);
    await expectOneInstant(held.service);
    await sql`reset ${sql.id(name)}`.execute(held.service.db);
  });
});

async function expectRacesDecided(service: TestService): Promise<void> {
  const caller = await service.addCaller();
  const all = <T>(work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: 30 }, (_, index) => work(index)));

  const created = await all((rank) => caller.tryCreate({ name: 'Gold', rank }));
  const gold = (await caller.list())[0] as BadgeGroup;
  expect(created.filter(({ __typename }) => __typename === 'BadgeGroup')).toEqual([
    { __typename: 'BadgeGroup', ...gold },
  ]);
  const taken = created.filter(({ __typename }) => __typename !== 'BadgeGroup');
  expect(taken).toEqual(taken.map(() => expect.objectContaining({ code: 733, existingGroup: gold })));

  const { id, lastUpdatedOn: ifLastUpdatedOn } = gold;
  const updated = await all((index) => caller.tryUpdate({ id, rank: 100 + index, ifLastUpdatedOn }));
  const current = await caller.find(id);
  expect(updated.filter(({ __typename }) => __typename === 'BadgeGroup')).toEqual([
    { __typename: 'BadgeGroup', ...current },
  ]);
  const stale = updated.filter(({ __typename }) => __typename !== 'BadgeGroup');
  expect(stale).toEqual(stale.map(() => expect.objectContaining({ code: 409, currentGroup: current })));

  const blind = await all((index) => caller.update({ id, rank: 200 + index }));
  expect(new Set(blind.map(({ lastUpdatedOn }) => lastUpdatedOn)).size).toBe(30);
}
