import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { StartError } from '../../src/config/start-error.ts';

const issuer = 'https://issuer.example/';
const audience = 'https://badge-groups.example';
const jwksUrl = 'https://issuer.example/.well-known/jwks.json';
const all = { OAUTH_ISSUER: issuer, OAUTH_AUDIENCE: audience, OAUTH_JWKS_URL: jwksUrl };

function readOAuth(env: NodeJS.ProcessEnv) {
  return readConfig({ TZ: 'UTC', ...env }).oauth;
}

function readProblem(env: NodeJS.ProcessEnv): string {
  try {
    readOAuth(env);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  throw new Error('The configuration was taken.');
}

describe('The configuration of OAuth', () => {
  test('is off when none of its variables is set, or all are empty', () => {
    expect(readOAuth({})).toBeUndefined();
    expect(readOAuth({ OAUTH_ISSUER: '', OAUTH_AUDIENCE: '', OAUTH_JWKS_URL: '' })).toBeUndefined();
  });

  test('is taken to the letter when all three are set', () => {
    expect(readOAuth(all)).toEqual({ issuer, audience, jwksUrl, orgClaim: 'org_id', userClaim: 'user_id' });
  });

  test('may name the claims of org and user', () => {
    const env = { ...all, OAUTH_ORG_CLAIM: 'https://x.example/org', OAUTH_USER_CLAIM: 'uid' };
    expect(readOAuth(env)).toMatchObject({ orgClaim: 'https://x.example/org', userClaim: 'uid' });
  });

  test.each([
    [{ OAUTH_ISSUER: '' }, 'OAUTH_ISSUER'],
    [{ OAUTH_AUDIENCE: '' }, 'OAUTH_AUDIENCE'],
    [{ OAUTH_JWKS_URL: undefined }, 'OAUTH_JWKS_URL'],
    [{ OAUTH_ISSUER: '', OAUTH_AUDIENCE: '' }, 'OAUTH_ISSUER and OAUTH_AUDIENCE'],
    [{ OAUTH_AUDIENCE: '', OAUTH_JWKS_URL: '' }, 'OAUTH_AUDIENCE and OAUTH_JWKS_URL'],
  ])('with some of the three but not all is refused with what is missing: %o', (changes, missing) => {
    expect(readProblem({ ...all, ...changes })).toBe(
      `${missing} must be set too: OAuth needs all of OAUTH_ISSUER, OAUTH_AUDIENCE, OAUTH_JWKS_URL.`,
    );
  });

  test.each([
    ['OAUTH_ISSUER', 'issuer.example'],
    ['OAUTH_ISSUER', 'ftp://issuer.example'],
    ['OAUTH_ISSUER', 'https://issuer.example/#x'],
    ['OAUTH_ISSUER', ' https://issuer.example'],
    ['OAUTH_JWKS_URL', 'file:///keys.json'],
    ['OAUTH_JWKS_URL', '/keys.json'],
    ['OAUTH_JWKS_URL', 'https://'],
    ['OAUTH_AUDIENCE', 'badge groups'],
    ['OAUTH_AUDIENCE', 'badge-groups\n'],
    ['OAUTH_ORG_CLAIM', 'org"id'],
    ['OAUTH_USER_CLAIM', 'user\\id'],
  ])('refuses %s when it is "%s", and says what it may be', (name, value) => {
    expect(readProblem({ ...all, [name]: value })).toMatch(
      new RegExp(`^${name} is ${RegExp.escape(JSON.stringify(value))}, but must be .+\\.$`),
    );
  });

  test.each(['https://user:pass-word@issuer.example/jwks', 'htps://user:pass-word@issuer.example'])(
    'refuses %s without repeating the password in it',
    (url) => {
      const problem = readProblem({ ...all, OAUTH_JWKS_URL: url });
      expect(problem).toMatch(/^OAUTH_JWKS_URL /);
      expect(problem).not.toContain('pass-word');
    },
  );
});
