import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createInstantFormatter } from '../../src/schema/base/instant-format.ts';
import { databaseKinds, openTestDatabase } from '../support/databases.ts';
import { useService } from '../support/service.ts';

describe('an instant as ISO 8601', () => {
  test.each([
    ['UTC', '2026-01-21T08:34:50Z'],
    ['Etc/UTC', '2026-01-21T08:34:50Z'],
    ['Etc/GMT', '2026-01-21T08:34:50Z'],
    ['GMT', '2026-01-21T08:34:50Z'],
    ['Zulu', '2026-01-21T08:34:50Z'],
    ['utc', '2026-01-21T08:34:50Z'],
    ['Europe/London', '2026-01-21T08:34:50+00:00'],
    ['Africa/Abidjan', '2026-01-21T08:34:50+00:00'],
    ['Asia/Kolkata', '2026-01-21T14:04:50+05:30'],
    ['Asia/Kathmandu', '2026-01-21T14:19:50+05:45'],
    ['America/St_Johns', '2026-01-21T05:04:50-03:30'],
    ['Pacific/Kiritimati', '2026-01-21T22:34:50+14:00'],
  ])('is written in %s as %s', (timeZone, expected) => {
    expect(createInstantFormatter(timeZone)(1768984490.856013)).toBe(expected);
  });

  test.each([
    ['Europe/London', '2026-03-29T00:59:59Z', '2026-03-29T00:59:59+00:00'],
    ['Europe/London', '2026-03-29T01:00:00Z', '2026-03-29T02:00:00+01:00'],
    ['America/New_York', '2026-03-08T06:59:59Z', '2026-03-08T01:59:59-05:00'],
    ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08T03:00:00-04:00'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00-04:00'],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01T01:30:00-05:00'],
    ['America/St_Johns', '2026-07-01T00:00:00Z', '2026-06-30T21:30:00-02:30'],
    ['Australia/Lord_Howe', '2026-04-04T14:59:59Z', '2026-04-05T01:59:59+11:00'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', '2026-04-05T01:30:00+10:30'],
  ])('has the offset of that instant in %s at %s', (timeZone, instant, expected) => {
    expect(createInstantFormatter(timeZone)(Date.parse(instant) / 1_000)).toBe(expected);
  });

  test('is cut to whole seconds, never rounded up', () => {
    const format = createInstantFormatter('UTC');
    expect(format(1768984490.999999)).toBe('2026-01-21T08:34:50Z');
    expect(format(1767225599.999999)).toBe('2025-12-31T23:59:59Z');
    expect(format(1767225600)).toBe('2026-01-01T00:00:00Z');
  });

  test('names the second of the instant in every zone', () => {
    // The last zone whose offset had seconds, which ISO 8601 cannot write, gave them up on 7 January 1972.
    const seconds = fc.integer({ min: Date.UTC(1972, 0, 8) / 1_000, max: Date.UTC(2100, 0) / 1_000 });
    const zone = fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone'));
    fc.assert(
      fc.property(zone, seconds, fc.integer({ min: 0, max: 999_999 }), (timeZone, second, microsecond) => {
        const iso = createInstantFormatter(timeZone)(
          Number(`${second}.${`${microsecond}`.padStart(6, '0')}`),
        );
        expect(iso).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
        expect(Date.parse(iso)).toBe(second * 1_000);
        expect(iso.endsWith('Z')).toBe(timeZone === 'UTC');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe.each(databaseKinds)('the instants of a service in Asia/Kathmandu on %s', (kind) => {
  const held = useService(kind, { timeZone: 'Asia/Kathmandu' }, openTestDatabase);

  test('have its offset, and are those of the database to the microsecond', async () => {
    const caller = await held.service.addCaller();
    for (let rank = 0; rank < 20; rank += 1) await caller.create({ name: `Group ${rank}`, rank });
    // Half of them changed since, so that the two instants differ.
    await sql`
      update badge_group set updated_at = created_at + interval '1.000001 seconds'
      where org_id = ${caller.orgId}::int and rank < 10`.execute(held.service.db);

    const { rows } = await sql<{ id: string; created: string; updated: string }>`
      select id, extract(epoch from created_at)::text as created, extract(epoch from updated_at)::text as updated
      from badge_group where org_id = ${caller.orgId}::int order by rank desc`.execute(held.service.db);
    const groups = await caller.list();
    expect(groups.map(({ id, createdOn, lastUpdatedOn }) => [id, createdOn, lastUpdatedOn])).toEqual(
      rows.map(({ id, created, updated }) => [id, Number(created), Number(updated)]),
    );
    expect(groups.map(({ createdOn }) => createdOn.toFixed(6))).toEqual(rows.map(({ created }) => created));
    for (const { createdOn, createdOnISO, lastUpdatedOn, lastUpdatedOnISO } of groups) {
      expect(createdOnISO).toMatch(/\+05:45$/);
      expect(Date.parse(createdOnISO)).toBe(Math.floor(createdOn) * 1_000);
      expect(Date.parse(lastUpdatedOnISO)).toBe(Math.floor(lastUpdatedOn) * 1_000);
    }
  });

  test('do not depend on what zone the session of the database or the request is in', async () => {
    const caller = await held.service.addCaller();
    const group = await caller.create({ name: 'Gold', rank: 1 });
    await sql`set time zone 'America/New_York'`.execute(held.service.db);
    const { data } = await held.service.execute<{ badgeGroups: unknown[] }, never>(
      '{ badgeGroups { id createdOn createdOnISO } }',
      undefined,
      { authorization: caller.authorization, 'time-zone': 'America/New_York', prefer: 'timezone=Asia/Tokyo' },
    );
    const { id, createdOn, createdOnISO } = group;
    expect(data?.badgeGroups).toEqual([{ id, createdOn, createdOnISO }]);
  });
});

describe('a Postgres server', () => {
  const held = useService('a Postgres server');

  test('gives instants finer than milliseconds', async () => {
    const caller = await held.service.addCaller();
    const created = [];
    for (let rank = 0; rank < 20; rank += 1)
      created.push(await caller.create({ name: `Group ${rank}`, rank }));
    const microseconds = created.map(({ id }) => Number.parseInt(id.slice(8, 13), 16));
    expect(microseconds.filter((microsecond) => microsecond % 1_000 > 0).length).toBeGreaterThan(0);
    expect(created.map(({ createdOn }) => createdOn.toFixed(6).slice(-6))).toEqual(
      microseconds.map((microsecond) => `${microsecond}`.padStart(6, '0')),
    );
  });
});
