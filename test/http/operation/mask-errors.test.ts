import { sql } from 'kysely';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import {
  connectPatiently,
  createPostgresDatabase,
  databaseKinds,
  openTestDatabase,
} from '../../support/databases.ts';
import { openRelay } from '../../support/relay.ts';
import { TestService, useService } from '../../support/service.ts';

const masked = {
  message: 'Something went wrong inside the service.',
  extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
};
const unavailable = {
  message: 'The service cannot reach its database for now; try again.',
  extensions: { code: 'SERVICE_UNAVAILABLE', requestId: expect.any(String) },
};
const query = '{ badgeGroups { id } }';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(databaseKinds)('an unexpected error on %s', (kind) => {
  const held = useService(kind, {}, openTestDatabase);

  test.each(['production', 'development'])(
    'is masked for the client and logged once, in %s',
    async (environment) => {
      vi.stubEnv('NODE_ENV', environment);
      const service = held.service.with();
      const caller = await service.addCaller();
      await alter(service, 'badge_group rename column rank to level');
      const response = await post(service, query, caller.authorization);
      await alter(service, 'badge_group rename column level to rank');
      expect(await response.json()).toEqual({
        errors: [{ ...masked, locations: [{ line: 1, column: 3 }], path: ['badgeGroups'] }],
        data: null,
      });
      expect(service.faults).toHaveLength(1);
      expect(JSON.parse(service.faults[0] as string)).toMatchObject({
        level: 50,
        path: ['badgeGroups'],
        cause: { message: 'column "rank" does not exist', code: '42703' },
      });
    },
  );

  test('in one mutation leaves the outcome of its neighbours', async () => {
    const service = held.service.with();
    const caller = await service.addCaller();
    await alter(service, "badge_group add constraint no_silver check (name <> 'Silver')");
    const { data, errors } = await caller.execute(`mutation {
      gold: createBadgeGroup(input: { name: "Gold", rank: 3 }) { __typename }
      silver: createBadgeGroup(input: { name: "Silver", rank: 2 }) { __typename }
      bronze: createBadgeGroup(input: { name: "Bronze", rank: 1 }) { __typename }
    }`);
    await alter(service, 'badge_group drop constraint no_silver');
    expect(data).toEqual({
      gold: { __typename: 'BadgeGroup' },
      silver: null,
      bronze: { __typename: 'BadgeGroup' },
    });
    expect(errors).toEqual([{ ...masked, locations: [{ line: 3, column: 7 }], path: ['silver'] }]);
    expect(service.faults).toHaveLength(1);
  });

  test('in the look-up of credentials is masked, too, and is no 401', async () => {
    const service = held.service.with();
    const caller = await service.addCaller();
    await alter(service, 'api_client rename to lost');
    const response = await post(service, query, caller.authorization);
    await alter(service, 'lost rename to api_client');
    expect(response.status).toBe(500);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.json()).toEqual({ errors: [masked] });
    expect(service.faults).toHaveLength(1);
  });

  test('is not what expected errors are: they are not logged', async () => {
    const service = held.service.with();
    const caller = await service.addCaller();
    await caller.tryCreate({});
    await caller.create({ name: 'Gold', rank: 1 });
    await caller.tryCreate({ name: 'Gold', rank: 1 });
    await caller.execute('{ badgeGroups(first: -1) { id } }');
    await caller.execute('{ nonsense }');
    await service.execute(query);
    expect(service.faults).toEqual([]);
  });
});

describe('a database that is away', () => {
  test.each(['production', 'development'])(
    'is 503 with Retry-After, never 401, in %s',
    async (environment) => {
      vi.stubEnv('NODE_ENV', environment);
      const db = connectPatiently('postgres://postgres:password@127.0.0.1:1/postgres');
      const service = new TestService({ db, url: undefined, close: () => db.destroy() });
      const response = await post(service, query, 'Basic YTpi');
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(response.headers.get('www-authenticate')).toBeNull();
      expect(await response.json()).toEqual({ errors: [unavailable] });
      expect(service.faults).toHaveLength(1);
      expect(JSON.parse(service.faults[0] as string)).toMatchObject({
        level: 40,
        cause: { message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' },
      });
      await service.close();
    },
  );

  test('is 503 for a caller whose credentials are remembered, until it is back', async () => {
    const { url, drop } = await createPostgresDatabase();
    const relay = await openRelay(url);
    const db = connectPatiently(relay.url);
    const service = new TestService({ db, url, close: () => db.destroy() });
    const caller = await service.addCaller();
    const group = await caller.create({ name: 'Gold', rank: 1 });

    await relay.cut();
    for (const document of [
      query,
      'mutation { createBadgeGroup(input: { name: "a", rank: 1 }) { __typename } }',
    ]) {
      const response = await post(service, document, caller.authorization);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({ errors: [unavailable] });
    }
    expect((await service.execute('{ __typename }')).status).toBe(200);

    await relay.mend();
    expect(await caller.list()).toEqual([group]);
    await service.close();
    await relay.cut();
    await drop();
  });
});

test('a connection that breaks in use is 503 for its request, and nothing for the next', async () => {
  const service = new TestService(await openTestDatabase('a Postgres server'));
  const caller = await service.addCaller();
  expect(await caller.list()).toEqual([]);
  const broken = await service.db.transaction().execute(async (transaction) => {
    await sql`lock table badge_group`.execute(transaction);
    const waiting = post(service, query, caller.authorization);
    await vi.waitUntil(() => terminateWhatWaits(service.db), { timeout: 10_000, interval: 10 });
    return await waiting;
  });
  expect(broken.status).toBe(503);
  expect(await broken.json()).toMatchObject({ errors: [unavailable] });
  expect(await caller.list()).toEqual([]);
  await service.close();
});

describe('another origin', () => {
  const held = useService('the embedded database');
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };

  test.each(['https://app.example.com', 'null'])('%s is granted nothing by default', async (origin) => {
    await expectNoGrant(held.service, origin);
  });

  test.each([[['https://app.example.com']], [['https://app.example.com', 'http://localhost:3000']]])(
    'is granted access where CORS_ORIGINS names it, and no other: %j',
    async (corsOrigins) => {
      const service = held.service.with({ corsOrigins });
      for (const origin of corsOrigins) {
        for (const answer of await askAs(service, origin)) {
          expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
          expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
        }
      }
      const [preflighted] = await askAs(service, String(corsOrigins[0]));
      expect(preflighted?.headers.get('access-control-allow-methods')).toContain('POST');
      expect(preflighted?.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
      for (const origin of [
        'https://evil.example',
        'null',
        'http://app.example.com',
        'https://app.example.com:8443',
        'https://app.example.com.evil.example',
        'https://APP.example.com',
        '*',
      ]) {
        await expectNoGrant(service, origin);
      }
    },
  );

  async function askAs(service: TestService, origin: string): Promise<Response[]> {
    return [
      await service.fetch('/graphql', { method: 'OPTIONS', headers: { origin, ...preflight } }),
      await post(service, '{ __typename }', undefined, { origin }),
      await post(service, query, undefined, { origin }),
      await service.fetch('/health', { headers: { origin } }),
    ];
  }

  async function expectNoGrant(service: TestService, origin: string): Promise<void> {
    for (const answer of await askAs(service, origin)) {
      expect([...answer.headers.keys()].filter((name) => /^access-control-/i.test(name))).toEqual([]);
    }
  }
});

async function alter({ db }: TestService, change: string): Promise<void> {
  await sql.raw(`alter table ${change}`).execute(db);
}

/** Ends the sessions that wait for a lock; false when there are none yet. */
async function terminateWhatWaits(db: Db): Promise<boolean> {
  const { rows } = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows.length > 0;
}

async function post(
  service: TestService,
  document: string,
  authorization?: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await service.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...(authorization && { authorization }) },
    body: JSON.stringify({ query: document }),
  });
}
