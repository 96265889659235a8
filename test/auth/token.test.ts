import fc from 'fast-check';
import { base64url, exportJWK, exportSPKI, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { databaseKinds } from '../support/databases.ts';
import { CreateBadgeGroup, ListBadgeGroups } from '../support/graphql.ts';
import { generateSigningKey, type OAuthServer, sign, useOAuthService } from '../support/oauth-server.ts';
import { type Answer, basic, TestCaller, type TestService, useService } from '../support/service.ts';

const basicChallenge = 'Basic realm="badge-groups", charset="UTF-8"';
const bearerChallenge = 'Bearer realm="badge-groups"';

afterEach(() => {
  vi.useRealTimers();
});

describe.each(databaseKinds)('An access token on %s', (kind) => {
  const held = useOAuthService(kind);

  test('speaks for the org and the user that the OAuth server granted it for', async () => {
    const token = await held.oauth.grant({ orgId: 4711, userId: 42 });
    const caller = new TestCaller(held.service, {
      orgId: 4711,
      userId: 42,
      authorization: `Bearer ${token}`,
    });
    const group = await caller.create({ name: 'Gold', rank: 1 });
    expect(group).toMatchObject({ orgId: 4711, createdBy: 42, lastUpdatedBy: 42 });
    expect(await caller.list()).toEqual([group]);
  });

  test('and a Basic pair of the same org see the same groups', async () => {
    const client = await held.service.addCaller();
    const token = await held.oauth.grant({ orgId: client.orgId, scope: 'loyalty:read' });
    const app = new TestCaller(held.service, {
      orgId: client.orgId,
      userId: 1,
      authorization: `Bearer ${token}`,
    });
    const group = await client.create({ name: 'Gold', rank: 1 });
    expect(await app.list()).toEqual([group]);
    expect(await app.tryCreate({ name: 'Silver', rank: 1 })).toMatchObject({ code: 403 });
  });

  test('of one org never shows the groups of another', async () => {
    const [one, other] = [await held.service.addCaller(), await held.service.addCaller()];
    await one.create({ name: 'Gold', rank: 1 });
    const token = await held.oauth.grant({ orgId: other.orgId });
    expect(await list(held.service, `Bearer ${token}`)).toMatchObject({ data: { badgeGroups: [] } });
  });
});

describe('A token', () => {
  const held = useOAuthService('a Postgres server');

  test.each<[string, Record<string, unknown>]>([
    ['with the word alone', { scope: 'loyalty:write' }],
    ['with the word among others', { scope: 'openid loyalty:write profile' }],
    ['for several audiences', { aud: ['urn:other', 'urn:badge-groups'] }],
    ['of org 0 and user 0', { org_id: 0, user_id: 0 }],
    ['of the largest org and user', { org_id: 2 ** 31 - 1, user_id: 2 ** 31 - 1 }],
    ['without iat', { iat: undefined }],
    ['with claims that mean nothing here', { azp: 'x', realm_access: { roles: ['loyalty:write'] } }],
    ['that expires in the middle of a second', { exp: Date.now() / 1_000 + 100.5 }],
  ])('%s may write', async (_title, changes) => {
    const claims = held.oauth.claims({ org_id: 1, ...changes });
    expect(await create(held.service, await sign(claims, held.oauth.key))).toMatchObject({
      status: 200,
      data: { createBadgeGroup: { __typename: 'BadgeGroup', orgId: claims['org_id'] } },
    });
  });

  test.each([
    ['no scope', undefined],
    ['an empty scope', ''],
    ['another scope', 'loyalty:read'],
    ['a scope that begins with the right word', 'loyalty:writer'],
    ['a scope that ends with the right word', 'disloyalty:write'],
    ['a scope that holds the right word in another', 'x-loyalty:write-x'],
    ['the right word in capitals', 'LOYALTY:WRITE'],
    ['the right word behind a comma', 'loyalty:read,loyalty:write'],
    ['the right word behind a tab', 'loyalty:read\tloyalty:write'],
    ['the right word only in parts', 'loyalty write loyalty:'],
  ])('with %s may read and not write', async (_title, scope) => {
    const token = await sign(held.oauth.claims({ scope }), held.oauth.key);
    expect(await list(held.service, `Bearer ${token}`)).toMatchObject({ status: 200, errors: undefined });
    expect(await create(held.service, token)).toMatchObject({
      status: 200,
      data: { createBadgeGroup: { __typename: 'BadgeGroupAccessDeniedError', code: 403 } },
    });
  });

  const now = () => Math.floor(Date.now() / 1_000);
  const noOrg = 'The token needs the claim org_id, an integer from 0 to 2147483647.';
  const noUser = 'The token needs the claim user_id, an integer from 0 to 2147483647.';
  const noScope = 'The claim scope of the token must be a string.';
  const noExpiry = 'The token needs an expiry, the claim exp.';
  const malformed = 'The token is malformed.';
  const badSignature = 'The signature of the token is wrong.';
  const badAlgorithm = 'The token is signed with an algorithm that is not allowed.';
  const unknownKey = 'The token is signed with a key that the issuer does not publish.';

  test.each<[string, () => Record<string, unknown>, string]>([
    ['that expired', () => ({ exp: now() - 60 }), 'The token has expired.'],
    ['that expired long ago', () => ({ exp: 0 }), 'The token has expired.'],
    ['that expired before all time', () => ({ exp: -1e300 }), 'The token has expired.'],
    ['without expiry', () => ({ exp: undefined }), noExpiry],
    ['whose expiry is null', () => ({ exp: null }), noExpiry],
    ['whose expiry is a string', () => ({ exp: String(now() + 60) }), noExpiry],
    ['whose expiry is a date', () => ({ exp: new Date(Date.now() + 60_000).toISOString() }), noExpiry],
    ['that is not valid yet', () => ({ nbf: now() + 60 }), 'The token is not valid yet.'],
    ['whose nbf is a string', () => ({ nbf: '0' }), 'The token is not valid yet.'],
    ['of another issuer', () => ({ iss: 'https://evil.example' }), 'The token is from another issuer.'],
    [
      'of an issuer that begins alike',
      () => ({ iss: `${held.oauth.issuer}/` }),
      'The token is from another issuer.',
    ],
    ['without issuer', () => ({ iss: undefined }), 'The token is from another issuer.'],
    ['whose issuer is a list', () => ({ iss: [held.oauth.issuer] }), 'The token is from another issuer.'],
    ['for another audience', () => ({ aud: 'urn:other' }), 'The token is for another audience.'],
    [
      'for an audience that begins alike',
      () => ({ aud: 'urn:badge-groups-2' }),
      'The token is for another audience.',
    ],
    ['for nobody', () => ({ aud: [] }), 'The token is for another audience.'],
    ['without audience', () => ({ aud: undefined }), 'The token is for another audience.'],
    ['without org', () => ({ org_id: undefined }), noOrg],
    ['whose org is null', () => ({ org_id: null }), noOrg],
    ['whose org is a string', () => ({ org_id: '100737' }), noOrg],
    ['whose org is a list', () => ({ org_id: [100737] }), noOrg],
    ['whose org is true', () => ({ org_id: true }), noOrg],
    ['whose org is negative', () => ({ org_id: -1 }), noOrg],
    ['whose org has a fraction', () => ({ org_id: 1.5 }), noOrg],
    ['whose org is no Int', () => ({ org_id: 2 ** 31 }), noOrg],
    ['without user', () => ({ user_id: undefined }), noUser],
    ['whose user is a string', () => ({ user_id: '42' }), noUser],
    ['whose user is no Int', () => ({ user_id: 2 ** 31 }), noUser],
    ['whose scope is a list', () => ({ scope: ['loyalty:write'] }), noScope],
    ['whose scope is null', () => ({ scope: null }), noScope],
  ])('%s is refused', async (_title, changes, description) => {
    const token = await sign(held.oauth.claims(changes()), held.oauth.key);
    expectInvalidToken(await create(held.service, token), description);
    expectInvalidToken(await list(held.service, `Bearer ${token}`), description);
  });

  test.each<[string, (oauth: OAuthServer) => string | Promise<string>, string]>([
    [
      'signed with another key of the same name',
      async (oauth) => sign(oauth.claims(), { ...(await generateSigningKey()), kid: oauth.key.kid }),
      badSignature,
    ],
    [
      'signed with an unknown key',
      async (oauth) => sign(oauth.claims(), await generateSigningKey()),
      unknownKey,
    ],
    ['that is not signed', (oauth) => new UnsecuredJWT(oauth.claims()).encode(), badAlgorithm],
    ['of algorithm none with a signature', (oauth) => forge(oauth, { alg: 'none' }), badAlgorithm],
    ['of algorithm None', (oauth) => forge(oauth, { alg: 'None' }), badAlgorithm],
    ['without algorithm', (oauth) => forge(oauth, { alg: undefined }), malformed],
    ['of an algorithm that is a list', (oauth) => forge(oauth, { alg: ['RS256'] }), malformed],
    ['of algorithm HS256 signed with the public key', signWithPublicKey, badAlgorithm],
    ['of another algorithm than its key', (oauth) => forge(oauth, { alg: 'ES256' }), unknownKey],
    ['that brings its own key', bringKey, badSignature],
    [
      'with a critical extension',
      (oauth) => sign(oauth.claims(), oauth.key, { crit: ['http://x.example'], 'http://x.example': true }),
      malformed,
    ],
    ['with a payload that is not encoded', (oauth) => forge(oauth, { b64: false, crit: ['b64'] }), malformed],
    [
      'whose signature was cut',
      async (oauth) => (await sign(oauth.claims(), oauth.key)).slice(0, -10),
      badSignature,
    ],
    [
      'without signature',
      async (oauth) => (await sign(oauth.claims(), oauth.key)).replace(/[^.]+$/, ''),
      badSignature,
    ],
    [
      'whose claims were changed',
      async (oauth) => {
        const [header, , signature] = (await sign(oauth.claims(), oauth.key)).split('.');
        return `${header}.${encode(oauth.claims({ org_id: 1 }))}.${signature}`;
      },
      badSignature,
    ],
    ['whose claims are a list', async (oauth) => signRaw(oauth, '[]'), malformed],
    ['whose claims are no JSON', async (oauth) => signRaw(oauth, '{'), malformed],
    [
      'whose expiry is infinite',
      async (oauth) =>
        signRaw(oauth, JSON.stringify(oauth.claims({ exp: 1 })).replace('"exp":1', '"exp":1e999')),
      noExpiry,
    ],
    ['that is a word', () => 'token', malformed],
    ['that is empty', () => '', malformed],
    ['that is three dots', () => '...', malformed],
    ['with five parts', () => 'a.b.c.d.e', malformed],
    ['with a blank in it', async (oauth) => `${await sign(oauth.claims(), oauth.key)} x`, malformed],
    [
      'that is sent twice',
      async (oauth) => (await sign(oauth.claims(), oauth.key)).replace(/.*/, '$&, Bearer $&'),
      malformed,
    ],
    [
      'of 10,000 characters',
      async (oauth) => sign(oauth.claims({ x: 'x'.repeat(7_500) }), oauth.key),
      malformed,
    ],
    ['with quotes and line ends', () => 'a"b\\', malformed],
  ])('%s is refused', async (_title, make, description) => {
    expectInvalidToken(await create(held.service, await make(held.oauth)), description);
  });

  test('is refused whichever character of it changes', async () => {
    const token = await sign(held.oauth.claims({ exp: 4e9 }), held.oauth.key);
    const index = fc.integer({ min: 0, max: token.length - 1 });
    // The last character of the signature has bits that mean nothing.
    const character = fc.constantFrom('A', '0', '_', '.', '=', ' ', 'é');
    await fc.assert(
      fc.asyncProperty(index, character, async (at, replacement) => {
        fc.pre(at !== token.length - 1 && token[at] !== replacement);
        const { status } = await list(
          held.service,
          `Bearer ${token.slice(0, at)}${replacement}${token.slice(at + 1)}`,
        );
        expect(status).toBe(401);
      }),
      { numRuns: 200 },
    );
  });

  test('is good for five seconds after its expiry and before it begins, and not for a sixth', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
    const [early, late] = await Promise.all([
      sign(held.oauth.claims({ nbf: 1_800_000_005 }), held.oauth.key),
      sign(held.oauth.claims({ nbf: 1_800_000_006 }), held.oauth.key),
    ]);
    expect(await list(held.service, `Bearer ${early}`)).toMatchObject({ status: 200 });
    expectInvalidToken(await list(held.service, `Bearer ${late}`), 'The token is not valid yet.');

    const token = await sign(held.oauth.claims({ exp: 1_800_000_100 }), held.oauth.key);
    for (const service of [held.service, held.service.with({ oauth: held.oauth.config })]) {
      vi.setSystemTime(1_800_000_104_999);
      expect(await list(service, `Bearer ${token}`)).toMatchObject({ status: 200 });
      vi.setSystemTime(1_800_000_105_000);
      expectInvalidToken(await list(service, `Bearer ${token}`), 'The token has expired.');
    }
  });

  test('costs one verification, however often it is sent', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const authorization = `Bearer ${await sign(held.oauth.claims(), held.oauth.key)}`;
    for (let count = 0; count < 20; count += 1) await list(held.service, authorization);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  test.each(['bearer', 'BEARER', 'Bearer '])('may follow the scheme written as "%s"', async (scheme) => {
    const token = await sign(held.oauth.claims(), held.oauth.key);
    expect(await list(held.service, `${scheme} ${token}`)).toMatchObject({ status: 200 });
  });
});

describe('A token of the issuer', () => {
  const held = useOAuthService('a Postgres server');

  test('may be signed with any asymmetric algorithm that is deemed safe', async () => {
    const keys = await held.oauth.rotateKeys(
      ...['RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
    );
    expect(keys).toHaveLength(11);
    for (const key of keys) {
      const token = await sign(held.oauth.claims(), key);
      expect(await list(held.service, `Bearer ${token}`), key.alg).toMatchObject({ status: 200 });
    }
  });
});

describe('The claims of org and user', () => {
  const held = useOAuthService('a Postgres server');

  test('have the names that the configuration gives them', async () => {
    const oauth = {
      ...held.oauth.config,
      orgClaim: 'https://x.example/org',
      userClaim: 'https://x.example/user',
    };
    const service = held.service.with({ oauth });
    const named = held.oauth.claims({
      org_id: 'org_abc',
      user_id: undefined,
      'https://x.example/org': 7,
      'https://x.example/user': 8,
    });
    expect(await create(service, await sign(named, held.oauth.key))).toMatchObject({
      data: { createBadgeGroup: { orgId: 7, createdBy: 8 } },
    });
    expectInvalidToken(
      await create(service, await sign(held.oauth.claims(), held.oauth.key)),
      'The token needs the claim https://x.example/org, an integer from 0 to 2147483647.',
    );
  });
});

describe('The challenges of a 401', () => {
  const held = useOAuthService('a Postgres server');

  test('name both schemes, and no error, when credentials are missing', async () => {
    const { status, headers, errors } = await held.service.execute(ListBadgeGroups);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe(`${basicChallenge}, ${bearerChallenge}`);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  test('are the same, byte for byte, whichever part of a Basic pair was wrong', async () => {
    const caller = await held.service.addCaller();
    const [name = ''] = Buffer.from(caller.authorization.slice(6), 'base64').toString().split(':');
    const answers = await Promise.all(
      [
        basic(name, 'wrong'),
        basic('nobody', 'wrong'),
        basic(name, ''),
        basic('', ''),
        'Basic',
        'Basic !',
      ].map(async (authorization) => {
        const response = await held.service.fetch('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: '{ "query": "{ badgeGroups { id } }" }',
        });
        const challenges = response.headers.get('www-authenticate');
        return { status: response.status, challenges, body: await response.text() };
      }),
    );
    expect(answers[0]).toMatchObject({ status: 401, challenges: `${basicChallenge}, ${bearerChallenge}` });
    expect(answers).toEqual(answers.map(() => answers[0]));
  });

  test.each(['Digest abc', 'Basic', 'demo:demo', ',', 'Bearer2 abc'])(
    'follow the header "%s"',
    async (header) => {
      const { status, headers, errors } = await list(held.service, header);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe(`${basicChallenge}, ${bearerChallenge}`);
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    },
  );

  test('are given for every operation with a bad token, also for those that need no credentials', async () => {
    const token = await sign(held.oauth.claims({ exp: 1 }), held.oauth.key);
    for (const query of ['{ __typename }', '{ __schema { queryType { name } } }', '{ _service { sdl } }']) {
      const answer = await held.service.execute(query, undefined, { authorization: `Bearer ${token}` });
      expectInvalidToken(answer, 'The token has expired.');
    }
  });
});

describe('Without OAuth', () => {
  const held = useService('a Postgres server');

  test('tokens are refused, and no challenge asks for one', async () => {
    const { status, headers, errors } = await list(held.service, 'Bearer a.b.c');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe(basicChallenge);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

async function list(service: TestService, authorization: string) {
  return await service.execute(ListBadgeGroups, {}, { authorization });
}

async function create(service: TestService, token: string) {
  const input = { name: crypto.randomUUID(), rank: 1 };
  return await service.execute(CreateBadgeGroup, { input }, { authorization: `Bearer ${token}` });
}

function expectInvalidToken({ status, headers, data, errors }: Answer<unknown>, description: string): void {
  expect({ status, data }).toEqual({ status: 401, data: undefined });
  expect(errors).toMatchObject([{ message: description, extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(headers.get('www-authenticate')).toBe(
    `${basicChallenge}, ${bearerChallenge}, error="invalid_token", error_description="${description}"`,
  );
}

function encode(value: unknown): string {
  return base64url.encode(JSON.stringify(value));
}

/** A token with any header, signed as its own key does. */
async function forge(oauth: OAuthServer, header: Record<string, unknown>): Promise<string> {
  return await signParts(
    oauth,
    encode({ alg: 'RS256', kid: oauth.key.kid, ...header }),
    encode(oauth.claims()),
  );
}

async function signRaw(oauth: OAuthServer, payload: string): Promise<string> {
  return await signParts(oauth, encode({ alg: 'RS256', kid: oauth.key.kid }), base64url.encode(payload));
}

async function signParts({ key }: OAuthServer, header: string, payload: string): Promise<string> {
  const input = new TextEncoder().encode(`${header}.${payload}`);
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, input);
  return `${header}.${payload}.${base64url.encode(new Uint8Array(signature))}`;
}

async function bringKey(oauth: OAuthServer): Promise<string> {
  const key = { ...(await generateSigningKey()), kid: oauth.key.kid };
  return await sign(oauth.claims(), key, {
    jwk: await exportJWK(key.publicKey),
    jku: 'https://evil.example/jwks',
  });
}

/** The classic confusion: the public key, which everybody has, taken for the secret of an HMAC. */
async function signWithPublicKey(oauth: OAuthServer): Promise<string> {
  const secret = new TextEncoder().encode(await exportSPKI(oauth.key.publicKey));
  const input = `${encode({ alg: 'HS256', kid: oauth.key.kid })}.${encode(oauth.claims())}`;
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}
