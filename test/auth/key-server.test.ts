import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ListBadgeGroups } from '../support/graphql.ts';
import { generateSigningKey, type SigningKey, sign, useOAuthService } from '../support/oauth-server.ts';
import type { TestService } from '../support/service.ts';

const held = useOAuthService('a Postgres server');
const now = performance.now.bind(performance);
let service: TestService;
let ahead: number;

beforeEach(() => {
  ahead = 0;
  const startedAt = now();
  vi.spyOn(performance, 'now').mockImplementation(() => startedAt + ahead);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  service = held.service.with({ oauth: held.oauth.config });
  held.oauth.keyRequests = 0;
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  held.oauth.keyAnswer = undefined;
  if (!held.oauth.isListening) await held.oauth.resume();
});

describe('The keys of the issuer', () => {
  test('are asked for once, at the first token, for many tokens at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async () => call(await mint())));
    expect(new Set(answers)).toEqual(new Set([200]));
    for (let count = 0; count < 5; count += 1) expect(await call(await mint())).toBe(200);
    expect(held.oauth.keyRequests).toBe(1);
  });

  test('are not asked for without a token, or for one of an algorithm that is not allowed', async () => {
    const caller = await service.addCaller();
    await service.execute(ListBadgeGroups, {}, { authorization: caller.authorization });
    await call('a.b.c');
    expect(held.oauth.keyRequests).toBe(0);
  });

  test('are picked up at once when they are rotated', async () => {
    const old = await held.oauth.grant();
    expect(await call(old)).toBe(200);
    await held.oauth.rotateKeys();
    expect(await call(await held.oauth.grant())).toBe(200);
    expect(held.oauth.keyRequests).toBe(2);
  });

  test('are picked up after ten seconds when they are rotated twice in a row', async () => {
    await call(await mint());
    await held.oauth.rotateKeys();
    expect(await call(await mint())).toBe(200);
    await held.oauth.rotateKeys();
    const token = await mint();
    await passTime(9_000);
    expect(await call(token)).toBe(401);
    await passTime(1_100);
    expect(await call(token)).toBe(200);
  });

  test('are picked up by many tokens of the new key at once, with one request', async () => {
    await call(await mint());
    await held.oauth.rotateKeys();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => call(await mint())));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(held.oauth.keyRequests).toBe(2);
  });

  test.each([
    ['that knows keys already', 1],
    ['that knows no keys yet', 0],
  ])(
    'are asked for once by a service %s, however many unknown key ids it sees',
    async (_title, tokensBefore) => {
      for (let count = 0; count < tokensBefore; count += 1) await call(await mint());
      const key = await generateSigningKey();
      const mintUnknown = () => mint({ ...key, kid: crypto.randomUUID() });
      const answers = await Promise.all(Array.from({ length: 50 }, async () => call(await mintUnknown())));
      for (let count = 0; count < 20; count += 1) answers.push(await call(await mintUnknown()));
      expect(new Set(answers)).toEqual(new Set([401]));
      expect(held.oauth.keyRequests).toBe(tokensBefore + 1);
    },
  );

  test('are asked for every five minutes, whether or not there are tokens', async () => {
    await call(await mint());
    await passTime(299_000);
    expect(held.oauth.keyRequests).toBe(1);
    await passTime(1_001);
    await expect.poll(() => held.oauth.keyRequests).toBe(2);
    const passMore = async () => {
      await passTime(300_001);
      return held.oauth.keyRequests;
    };
    await expect.poll(passMore).toBe(3);
  });

  test('that were withdrawn are refused after five minutes', async () => {
    const { key } = held.oauth;
    expect(await call(await mint(key))).toBe(200);
    await held.oauth.rotateKeys();
    await passTime(299_000);
    expect(await call(await mint(key))).toBe(200);
    await passTime(1_001);
    await expect.poll(async () => call(await mint(key))).toBe(401);
  });

  test('that were withdrawn are refused after ten minutes to tokens that were accepted since', async () => {
    const { key } = held.oauth;
    await call(await mint(key));
    await held.oauth.rotateKeys();
    await passTime(299_000);
    const token = await mint(key);
    expect(await call(token)).toBe(200);
    await passTime(1_001);
    await expect.poll(async () => call(await mint(key))).toBe(401);
    expect(await call(token)).toBe(200);
    await passTime(299_000);
    expect(await call(token)).toBe(401);
  });
});

describe('While the key server is away', () => {
  test('tokens are neither good nor bad, and Basic goes on', async () => {
    const token = await held.oauth.grant();
    await held.oauth.stop();
    await expectUnavailable(token);
    const caller = await service.addCaller();
    const { status } = await service.execute(ListBadgeGroups, {}, { authorization: caller.authorization });
    expect(status).toBe(200);
  });

  test('the log says why, and nothing of the token', async () => {
    const token = await mint();
    await held.oauth.stop();
    await expectUnavailable(token);
    expect(service.log.join('')).toContain('ECONNREFUSED');
    expect(service.log.join('')).not.toContain(token.slice(0, 20));
  });

  test('tokens of a known key go on for a day, seen before or not', async () => {
    const seen = await held.oauth.grant();
    expect(await call(seen)).toBe(200);
    await held.oauth.stop();
    for (const minutes of [0, 6, 600, 830]) {
      await passTime(minutes * 60_000);
      expect(await call(seen)).toBe(200);
      expect(await call(await mint())).toBe(200);
    }
    await passTime(6 * 60_000);
    await expectUnavailable(seen);
    await expectUnavailable(await mint());
  });

  test('tokens of a known key wait for no answer of its', async () => {
    await call(await mint());
    held.oauth.keyAnswer = () => undefined;
    await passTime(300_001);
    const from = now();
    for (let count = 0; count < 5; count += 1) expect(await call(await mint())).toBe(200);
    expect(now() - from).toBeLessThan(1_000);
    expect(held.oauth.keyRequests).toBe(2);
  });

  test('tokens of an unknown key are neither good nor bad', async () => {
    await call(await mint());
    await held.oauth.stop();
    await expectUnavailable(await mint(await generateSigningKey()));
  });

  test('forged tokens of a known key are still bad', async () => {
    await call(await mint());
    await held.oauth.stop();
    const forged = { ...(await generateSigningKey()), kid: held.oauth.key.kid };
    expect(await call(await mint(forged))).toBe(401);
  });

  test('it is asked once in a second', async () => {
    held.oauth.keyAnswer = (request) => request.socket.destroy();
    for (let count = 0; count < 10; count += 1) await expectUnavailable(await mint());
    expect(held.oauth.keyRequests).toBe(1);
    await passTime(1_001);
    await expectUnavailable(await mint());
    expect(held.oauth.keyRequests).toBe(2);
  });

  test('it is asked once in ten seconds for newer keys than the known ones', async () => {
    await call(await mint());
    held.oauth.keyAnswer = (request) => request.socket.destroy();
    await passTime(300_001);
    await expect.poll(() => service.faults).toEqual([expect.stringContaining('are not refreshed')]);
    for (let count = 0; count < 10; count += 1) expect(await call(await mint())).toBe(200);
    await passTime(9_000);
    expect(held.oauth.keyRequests).toBe(2);
    await passTime(1_001);
    await expect.poll(() => service.faults).toHaveLength(2);
    expect(held.oauth.keyRequests).toBe(3);
  });

  test('nothing is remembered of it: tokens work when it is back', async () => {
    const token = await held.oauth.grant();
    await held.oauth.stop();
    await expectUnavailable(token);
    await held.oauth.resume();
    await passTime(1_001);
    expect(await call(token)).toBe(200);
  });
});

describe('The key server counts as away', () => {
  test.each<[string, RequestListener]>([
    ['answers 500', (_request, response) => response.writeHead(500).end('{"keys":[]}')],
    ['answers 404', (_request, response) => response.writeHead(404).end('{"keys":[]}')],
    ['redirects', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
    ['answers what is no JSON', (_request, response) => response.end('<html></html>')],
    ['answers nothing', (_request, response) => response.end()],
    ['answers JSON that is no key set', (_request, response) => response.end('{"keys":"none"}')],
    ['hangs up', (request) => request.socket.destroy()],
    [
      'hangs up in the middle of its answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"keys":', () => response.destroy());
      },
    ],
    ['does not answer within three seconds', () => undefined],
  ])('when it %s', async (_title, answer) => {
    held.oauth.keyAnswer = answer;
    await expectUnavailable(await mint());
  });

  test('but not when it answers without the key of a token', async () => {
    held.oauth.keyAnswer = (_request, response) => response.end('{"keys":[]}');
    expect(await call(await mint())).toBe(401);
  });
});

/** A token that no other test has sent. */
async function mint(key: SigningKey = held.oauth.key): Promise<string> {
  return await sign(held.oauth.claims({ jti: crypto.randomUUID() }), key);
}

async function call(token: string): Promise<number> {
  const { status } = await service.execute(ListBadgeGroups, {}, { authorization: `Bearer ${token}` });
  return status;
}

async function expectUnavailable(token: string): Promise<void> {
  const answer = await service.execute(ListBadgeGroups, {}, { authorization: `Bearer ${token}` });
  expect(answer).toMatchObject({
    status: 503,
    data: undefined,
    errors: [
      {
        message: 'The service cannot reach its key server for now; try again.',
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
    ],
  });
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('www-authenticate')).toBeNull();
}

/** Moves the clocks that intervals are measured by, which stand still otherwise, and begins what is due then. */
async function passTime(milliseconds: number): Promise<void> {
  ahead += milliseconds;
  await vi.advanceTimersByTimeAsync(milliseconds);
}
