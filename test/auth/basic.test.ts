import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { insertApiClient, revokeApiClient } from '../../src/auth/api-client.repository.ts';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { generateSecret, hashSecret } from '../../src/auth/secret.ts';
import { databaseKinds } from '../support/databases.ts';
import { failStatements } from '../support/failing-statements.ts';
import { recordQueries } from '../support/recorded-queries.ts';
import { basic, type TestService, useService } from '../support/service.ts';

const silent = pino({ level: 'silent' });

afterEach(() => vi.restoreAllMocks());

describe.each(databaseKinds)('HTTP Basic on %s', (kind) => {
  const held = useService(kind);

  test('takes a client by its name and secret, and speaks for its org and user', async () => {
    const authorization = await addClient(held.service, { name: 'Client-1._', secret: generateSecret() });
    const { status, data } = await list(held.service, authorization);
    expect({ status, data }).toEqual({ status: 200, data: { badgeGroups: [] } });
    const { authenticate } = createAuthenticator(held.service.db, undefined, silent);
    expect(await authenticate(authorization)).toEqual({ ...client, client: 'Client-1._' });
  });

  test.each(['basic', 'BASIC', 'Basic  '])('takes the scheme written %j', async (scheme) => {
    const authorization = await addClient(held.service, { name: `scheme-${scheme.trim()}-${scheme.length}` });
    expect((await list(held.service, authorization.replace('Basic', scheme))).status).toBe(200);
  });

  test.each([
    ['a colon', 'a:b:'],
    ['blanks', ' a b '],
    ['other letters than ASCII', 'sëcret-ключ-😀'],
  ])('takes a secret with %s', async (title, secret) => {
    const name = title.replaceAll(' ', '-');
    const authorization = await addClient(held.service, { name, secret });
    expect((await list(held.service, authorization)).status).toBe(200);
    expect((await list(held.service, basic(name, secret.trim().slice(0, -1)))).status).toBe(401);
  });

  test('answers whatever is wrong with the credentials in one and the same way', async () => {
    await addClient(held.service, { name: 'known', secret: 'right' });
    await addClient(held.service, { name: 'revoked', secret: 'right' });
    await revokeApiClient(held.service.db, 'revoked');
    const wrong = [
      basic('known', 'wrong'),
      basic('known', 'Right'),
      basic('known', 'right '),
      basic('known', ''),
      basic('Known', 'right'),
      basic('unknown', 'right'),
      basic('', 'right'),
      basic('', ''),
      basic('revoked', 'right'),
      basic('known', hashSecret('right')),
      basic('known', 'right\0'),
      basic('known\0', 'right'),
      basic('known', 'right\u0085'),
      basic("' or true --", 'right'),
      encode('known'),
      encode(Buffer.from([0x6b, 0x3a, 0xff, 0xfe])),
      encode(Buffer.from([0xc0, 0x80, 0x3a, 0x61])),
      'Basic',
      'Basic ',
      'Basic known:right',
      'Basic !!!!',
      'Basic ====',
      `${basic('known', 'right')} more`,
      `${basic('known', 'right')}*`,
    ];
    for (const authorization of wrong) {
      const response = await post(held.service, '{ badgeGroups { id } }', authorization);
      expect([authorization, response.status, await response.json()]).toEqual([
        authorization,
        401,
        { errors: [{ message: 'The credentials are wrong.', extensions: { code: 'UNAUTHENTICATED' } }] },
      ]);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="badge-groups", charset="UTF-8"');
      expect([...response.headers.keys()].map((name) => name.toLowerCase()).toSorted()).toEqual([
        'cache-control',
        'content-length',
        'content-type',
        'www-authenticate',
        'x-request-id',
      ]);
    }
    expect((await list(held.service, basic('known', 'right'))).status).toBe(200);
    for (const authorization of ['Bearer eA', 'Digest eA', 'eA', 'known:right', '']) {
      expect((await list(held.service, authorization)).status).toBe(401);
    }
  });

  test.each(['{ __typename }', '{ __schema { queryType { name } } }', '{ _service { sdl } }'])(
    'refuses wrong credentials for %s, too, which needs none',
    async (document) => {
      const authorization = basic('nobody', 'wrong');
      const refused = await held.service.execute(document, undefined, { authorization });
      expect(refused).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(refused.data).toBeUndefined();
      expect((await held.service.execute(document)).status).toBe(200);
    },
  );

  test('keeps of a secret nothing but its SHA-256', async () => {
    const secret = generateSecret();
    await addClient(held.service, { name: 'hashed', secret });
    const { rows } = await sql<{ row: string }>`
      select api_client::text as row from api_client where name = 'hashed'`.execute(held.service.db);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).toContain(createHash('sha256').update(secret).digest('hex'));
    expect(rows[0]?.row).not.toContain(secret);
  });

  test('asks the database once, whether a client is unknown, revoked or has another secret', async () => {
    await addClient(held.service, { name: 'counted', secret: 'right' });
    await addClient(held.service, { name: 'counted-out', secret: 'right' });
    await revokeApiClient(held.service.db, 'counted-out');
    const { service, queries } = record(held.service);
    for (const authorization of [
      basic('counted', 'wrong'),
      basic('nobody', 'wrong'),
      basic('counted-out', 'right'),
    ]) {
      queries.length = 0;
      expect((await list(service, authorization)).status).toBe(401);
      expect(queries.map((query) => query.sql)).toEqual([expect.stringContaining('"api_client"')]);
    }
  });

  test('remembers credentials that it has verified, and asks no more', async () => {
    const authorization = await addClient(held.service, { name: 'remembered' });
    const { service, queries } = record(held.service);
    for (let time = 0; time < 3; time += 1) expect((await list(service, authorization)).status).toBe(200);
    expect(queries.filter((query) => query.sql.includes('"api_client"'))).toHaveLength(1);
    expect(queries.filter((query) => query.sql.includes('"badge_group"'))).toHaveLength(3);
  });

  test('takes spaces before them, but remembers none that have more than one: nobody takes all places', async () => {
    const [scheme, pair] = (await addClient(held.service, { name: 'spacious' })).split(' ');
    const { service, queries } = record(held.service);
    for (let time = 0; time < 2; time += 1) {
      expect((await list(service, `${scheme}  ${pair}`)).status).toBe(200);
    }
    expect(queries.filter((query) => query.sql.includes('"api_client"'))).toHaveLength(2);
  });

  test('remembers no failure: a client is let in as soon as it exists', async () => {
    expect((await list(held.service, basic('late', 'secret'))).status).toBe(401);
    await addClient(held.service, { name: 'late', secret: 'secret' });
    expect((await list(held.service, basic('late', 'secret'))).status).toBe(200);
  });

  test('does not take one secret for the other of two clients', async () => {
    const one = await addClient(held.service, { name: 'one', secret: 'secret-one' });
    await addClient(held.service, { name: 'two', secret: 'secret-two' });
    expect((await list(held.service, one)).status).toBe(200);
    expect((await list(held.service, basic('two', 'secret-one'))).status).toBe(401);
  });
});

describe('The authenticator', () => {
  const held = useService('a Postgres server');

  test('remembers ten thousand credentials at most: those that called last', async () => {
    // Nothing is forgotten for its age.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    await sql`
      insert into api_client (name, org_id, user_id, can_write, secret_hash)
      select 'many-' || n, 1, 1, true, ${hashSecret('secret')} from generate_series(0, 10000) as n`.execute(
      held.service.db,
    );
    const { db, queries } = recordQueries(held.service.db);
    const { authenticate } = createAuthenticator(db, undefined, silent);
    const call = (index: number) => authenticate(basic(`many-${index}`, 'secret'));
    /** Whether the database was asked. */
    const asks = async (index: number) => {
      const before = queries.length;
      await call(index);
      return queries.length > before;
    };
    for (let index = 0; index < 10_000; index += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, offset) => call(index + offset)));
    }
    expect(await asks(0)).toBe(false);
    expect(await asks(10_000)).toBe(true);
    expect(await asks(0)).toBe(false);
    // The least lately used one, whichever of the first hundred was answered first.
    const forgotten = [];
    for (let index = 1; index < 100; index += 1) if (await asks(index)) forgotten.push(index);
    expect(forgotten.length).toBeGreaterThan(0);
  });
});

describe('The authenticator, asked all the time,', () => {
  const held = useService('a Postgres server');
  const started = performance.now();
  let clock: MockInstance<() => number>;

  beforeEach(() => {
    // The cache looks at the clock once in a millisecond.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    clock = vi.spyOn(performance, 'now').mockReturnValue(started);
  });
  afterEach(() => vi.useRealTimers());

  function passTo(ms: number): void {
    clock.mockReturnValue(started + ms);
    vi.advanceTimersByTime(10);
  }

  test('verifies once what many send at the same time, and what is wrong again when it is sent again', async () => {
    const right = await addClient(held.service, { name: 'at-once' });
    const wrong = basic('at-once', 'wrong');
    const { db, queries } = recordQueries(held.service.db);
    const { authenticate } = createAuthenticator(db, undefined, silent);
    const callers = await Promise.all(Array.from({ length: 20 }, () => authenticate(right)));
    expect(callers).toEqual(Array(20).fill({ ...client, client: 'at-once' }));
    expect(queries).toHaveLength(1);
    for (let time = 2; time <= 3; time += 1) {
      const refused = await Promise.allSettled(Array.from({ length: 20 }, () => authenticate(wrong)));
      expect(refused.filter(({ status }) => status === 'rejected')).toHaveLength(20);
      expect(queries).toHaveLength(time);
    }
  });

  test('verifies them anew meanwhile, once in five seconds, so that nobody waits', async () => {
    const authorization = await addClient(held.service, { name: 'always' });
    const { db, queries } = recordQueries(held.service.db);
    const { authenticate, recall } = createAuthenticator(db, undefined, silent);
    await authenticate(authorization);
    for (let second = 1; second <= 30; second += 1) {
      passTo(second * 1_000);
      for (let time = 0; time < 3; time += 1) expect(recall(authorization)).toMatchObject(client);
      // A renewal that is under way has its answer by then.
      await sql`select pg_sleep(0.01)`.execute(held.service.db);
    }
    expect(queries.length).toBeGreaterThanOrEqual(1 + 4);
    expect(queries.length).toBeLessThanOrEqual(1 + 6);
  });

  test('knows within ten seconds who was revoked', async () => {
    const authorization = await addClient(held.service, { name: 'out-soon' });
    const { authenticate, recall } = createAuthenticator(held.service.db, undefined, silent);
    await authenticate(authorization);
    await revokeApiClient(held.service.db, 'out-soon');
    passTo(4_999);
    expect(recall(authorization)).toMatchObject(client);
    passTo(5_000);
    expect(recall(authorization)).toMatchObject(client);
    await expect.poll(() => recall(authorization)).toBeUndefined();
    await expect(authenticate(authorization)).rejects.toThrow('The credentials are wrong.');
  });

  test('knows so even if it had looked the client up before, and was answered late', async () => {
    const authorization = await addClient(held.service, { name: 'out-late' });
    const { authenticate, recall } = createAuthenticator(held.service.db, undefined, silent);
    const authenticating = authenticate(authorization);
    passTo(3_000);
    expect(await authenticating).toMatchObject(client);
    await revokeApiClient(held.service.db, 'out-late');
    passTo(10_001);
    expect(recall(authorization)).toBeUndefined();
  });

  test('lets in whom it knows for as long as it remembers them, while the database is away', async () => {
    const authorization = await addClient(held.service, { name: 'through-the-dark' });
    let isAway = false;
    const db = failStatements(held.service.db, () => isAway);
    const { authenticate, recall } = createAuthenticator(db, undefined, silent);
    await authenticate(authorization);
    isAway = true;
    for (const ms of [5_000, 7_000, 9_999]) {
      passTo(ms);
      expect(await authenticate(authorization)).toMatchObject(client);
    }
    passTo(10_001);
    expect(recall(authorization)).toBeUndefined();
    await expect(authenticate(authorization)).rejects.toThrow('shutting down');
    isAway = false;
    expect(await authenticate(authorization)).toMatchObject(client);
  });
});

test('a generated secret has 256 random bits', () => {
  const secrets = Array.from({ length: 100 }, generateSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
});

const client = { orgId: 7, userId: 11, canWrite: true };

async function addClient(
  { db }: TestService,
  { name, secret = generateSecret() }: { name: string; secret?: string },
): Promise<string> {
  expect(await insertApiClient(db, { ...client, name, secretHash: hashSecret(secret) })).toBe(true);
  return basic(name, secret);
}

/** A service of its own, which remembers nobody yet, and the statements that it sends. */
function record(service: TestService) {
  const { db, queries } = recordQueries(service.db);
  return { service: service.with({ db }), queries };
}

function encode(credentials: string | Buffer): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

async function list(service: TestService, authorization: string) {
  return await service.execute('{ badgeGroups { id } }', undefined, { authorization });
}

async function post(service: TestService, query: string, authorization: string): Promise<Response> {
  return await service.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query }),
  });
}
