import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { sql } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { connectPatiently, createPostgresDatabase, openTestDatabase } from '../support/databases.ts';
import { runAsAdmin } from '../support/global-setup.ts';
import { withPlugin } from '../support/intercepted-statements.ts';
import { recordQueries } from '../support/recorded-queries.ts';
import { openRelay } from '../support/relay.ts';
import { TestService, useService } from '../support/service.ts';

describe('the health of a service that can serve', () => {
  const held = useService('the embedded database');

  test.each([
    ['/health', 'alive\n'],
    ['/ready', 'ready\n'],
  ])('%s answers 200 without credentials, and is not to be cached', async (path, text) => {
    const response = await held.service.fetch(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(text);
  });

  test.each(['/health', '/ready'])('HEAD %s is the same without a body', async (path) => {
    const response = await held.service.fetch(path, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('');
  });

  test.each(['/health?probe=1', '/ready?probe=1'])('%s is still that path', async (path) => {
    expect((await held.service.fetch(path)).status).toBe(200);
  });

  test.each([
    '/graphql/health',
    '/graphql/ready',
    '/xhealth',
    '/x/ready',
    '/health/',
    '/ready/',
    '/healthy',
    '/Health',
    '/x?/health',
    '/x#/health',
  ])('%s is not found', async (path) => {
    expect((await held.service.fetch(path)).status).toBe(404);
  });

  test('/graphql?/health is GraphQL', async () => {
    const response = await held.service.fetch('/graphql?query=%7B__typename%7D&/health', {
      headers: { 'x-graphql-yoga-csrf': '1' },
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test.each(['/health', '/ready'])('POST %s is not found', async (path) => {
    expect((await held.service.fetch(path, { method: 'POST' })).status).toBe(404);
  });

  test.each([
    ['leaving', null],
    ['closing', 'close'],
  ] as const)('is not ready when it is %s, while it lives on', async (stage, connection) => {
    const service = held.service.with();
    service.stage = stage;
    await expectNotReady(service);
    expect((await service.fetch('/ready', { method: 'HEAD' })).status).toBe(503);
    expect((await service.fetch('/health')).headers.get('connection')).toBe(connection);
  });
});

test('a service whose database lacks migrations is not ready', async () => {
  const { url, drop } = await createPostgresDatabase({ migrated: false });
  const db = connectPatiently(url);
  await expectNotReady(new TestService({ db, url, close: () => db.destroy() }));
  await db.destroy();
  await drop();
});

test('a service whose database was closed is not ready', async () => {
  const service = new TestService(await openTestDatabase('a Postgres server'));
  await service.close();
  await expectNotReady(service);
});

test('a service whose database is away is not ready, and is again when it is back', async () => {
  const { url, drop } = await createPostgresDatabase();
  const relay = await openRelay(url);
  const db = connectPatiently(relay.url);
  const service = new TestService({ db, url, close: () => db.destroy() });
  expect((await service.fetch('/ready')).status).toBe(200);
  await relay.cut();
  await expectNotReady(service);
  await relay.mend();
  expect((await service.fetch('/ready')).status).toBe(200);
  await service.close();
  await relay.cut();
  await drop();
});

describe('/ready on a Postgres server', () => {
  const held = useService('a Postgres server');

  test('asks by one statement, for all who ask at once, and does not read the catalogue', async () => {
    const { db, queries } = recordQueries(held.service.db);
    const service = held.service.with({ db });
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.fetch('/ready')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(queries).toHaveLength(1);
    const { rows } = await sql<{ 'QUERY PLAN': string }>`explain ${sql.raw(queries[0]?.sql ?? '')}`.execute(
      db,
    );
    const tables = rows.flatMap((row) => /Scan.* on (\w+)/.exec(row['QUERY PLAN'])?.[1] ?? []);
    expect(tables).toEqual(['kysely_migration']);
  });

  test('is 503 when it cannot find out why the statement failed', async () => {
    const db = withPlugin(held.service.db, {
      transformQuery: () => {
        throw Object.assign(new Error('gone'), { code: '42P01' });
      },
      transformResult: async ({ result }) => result,
    });
    await expectNotReady(held.service.with({ db }));
  });

  test('is 503 within 3 s while the statement gets no answer', async () => {
    const db = withPlugin(held.service.db, {
      transformQuery: ({ node }) => node,
      transformResult: () => new Promise(() => {}),
    });
    const askedAt = performance.now();
    await expectNotReady(held.service.with({ db }));
    expect(performance.now() - askedAt).toBeLessThan(3_900);
  });

  test('knows the migrations that were there at its start, and not those that are put beside it', async () => {
    const before = held.service.with();
    const read = fs.readdirSync.bind(fs);
    const spy = vi.spyOn(fs, 'readdirSync');
    spy.mockImplementation(((path: string) => [...read(path), '29990101000000-tomorrow.ts']) as never);
    syncBuiltinESMExports();
    const after = held.service.with();
    expect((await before.fetch('/ready')).status).toBe(200);
    await expectNotReady(after);
    spy.mockRestore();
    syncBuiltinESMExports();
  });

  test.each([
    'select on kysely_migration',
    'select on api_client',
    'insert on badge_group',
    'insert on badge_group_version',
  ])('is 503 for a role without %s, and 200 when it has it again', async (right) => {
    const url = new URL(held.service.databaseUrl as string);
    const role = `role_${right.replaceAll(' ', '_')}_${process.pid}`;
    await runAsAdmin(
      url.href,
      `create role ${role} login; grant select, insert, update on all tables in schema public to ${role};
         revoke ${right} from ${role}`,
    );
    url.username = role;
    const db = connectPatiently(url.href);
    const service = held.service.with({ db });
    await expectNotReady(service);
    await runAsAdmin(held.service.databaseUrl as string, `grant ${right} to ${role}`);
    expect((await service.fetch('/ready')).status).toBe(200);
    await db.destroy();
    await runAsAdmin(held.service.databaseUrl as string, `drop owned by ${role}; drop role ${role}`);
  });
});

async function expectNotReady(service: TestService): Promise<void> {
  const response = await service.fetch('/ready');
  expect(response.status).toBe(503);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).toBe('not ready\n');
  expect((await service.fetch('/health')).status).toBe(200);
}
