import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../config/logger.ts';
import type { OAuthConfig } from '../config/oauth.ts';
import type { Db } from '../database/database.ts';
import { findBasicCaller } from './basic.ts';
import type { Caller } from './caller.ts';
import { BadCredentialsError } from './errors.ts';

export interface Authenticator {
  /**
   * Who an `Authorization` header speaks for: undefined without one; throws BadCredentialsError on a wrong one,
   * KeysUnavailableError or the database's error when it cannot be checked.
   */
  authenticate(authorization: string | null): Promise<Caller | undefined>;
  /** The same at once, for what has been verified a short while ago; undefined for all else. */
  recall(authorization: string): Caller | undefined;
  /** Whom it spoke for when it was last verified, however long ago: to count by, and for nothing else. */
  recallStale(authorization: string): Caller | undefined;
  /**
   * As `recall`, but what was verified longer ago is verified anew. That gives undefined, too: where it does not hold any
   * more, or is not checked within a quarter of a second.
   */
  revalidate(authorization: string): Caller | Promise<Caller | undefined> | undefined;
}

interface Verified {
  readonly caller: Caller;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly rememberMs: number;
}

interface Remembered extends Verified {
  /** By `performance.now`: whoever calls from then on has it verified anew meanwhile. */
  readonly renewAt: number;
  /** By `performance.now`: whoever calls from then on waits for that. */
  readonly forgetAt: number;
}

/** Who waits longer goes on where all wait, within the deadline of its operation. */
const revalidateMs = 250;

/** How long an API client goes on that is revoked: counted from when its credentials were last looked up. */
export const rememberClientMs = 10_000;

/**
 * Remembers what it has verified, so that most requests cost neither a query nor a signature: a Basic pair for 10 s,
 * a token for 5 min and never beyond its expiry. That is also how long a revoked client and a token whose key was
 * withdrawn go on. What is used is verified anew after half that time, while it still holds, and what is being verified
 * is not verified twice: who calls all the time never waits for it, let alone with all its requests at once.
 * Failures are not remembered: each costs the same work, whatever was wrong. Who comes back after longer is known, but
 * verified before anything else.
 */
export function createAuthenticator(db: Db, oauth: OAuthConfig | undefined, logger: Logger): Authenticator {
  const remembered = new LRUCache<string, Remembered>({ max: 10_000 });
  const underWay = new Map<string, Promise<Verified>>();
  const tokenVerifier = oauth && loadTokenVerifier(oauth, logger);

  async function verify(authorization: string): Promise<Verified> {
    const [, scheme, credentials = ''] = /^(\S+) *(.*)$/s.exec(authorization) ?? [];
    switch (scheme?.toLowerCase()) {
      case 'basic': {
        const caller = await findBasicCaller(db, credentials);
        if (caller === undefined) throw new BadCredentialsError('The credentials are wrong.');
        return { caller, expiresAt: Infinity, rememberMs: rememberClientMs };
      }
      case 'bearer':
        if (tokenVerifier) {
          const verifyToken = await tokenVerifier;
          return { ...(await verifyToken(credentials)), rememberMs: 300_000 };
        }
    }
    throw new BadCredentialsError('The Authorization header is of no scheme that WWW-Authenticate names.');
  }

  function verifyOnce(key: string, authorization: string): Promise<Verified> {
    const known = underWay.get(key);
    if (known !== undefined) return known;
    // Whoever is revoked between the look-up and its answer is not remembered for longer.
    const start = performance.now();
    const verifying = verify(authorization)
      .then((verified) => {
        const { rememberMs } = verified;
        const times = { renewAt: start + rememberMs / 2, forgetAt: start + rememberMs };
        if (isWrittenAsUsual(authorization)) remembered.set(key, { ...verified, ...times });
        return verified;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, verifying);
    return verifying;
  }

  function recallBy(key: string, authorization: string): Caller | undefined {
    const known = remembered.get(key);
    const now = performance.now();
    // An expiry by the clock that it is measured by: the other one may stand still.
    if (known === undefined || now >= known.forgetAt || Date.now() >= known.expiresAt) return undefined;
    if (now >= known.renewAt) void verifyAnew(key, authorization);
    return known.caller;
  }

  async function verifyAnew(key: string, authorization: string): Promise<Caller | undefined> {
    try {
      return (await verifyOnce(key, authorization)).caller;
    } catch (error) {
      if (error instanceof BadCredentialsError) remembered.delete(key);
      return undefined;
    }
  }

  const getKey = (authorization: string) => hash('sha256', authorization, 'base64');

  return {
    async authenticate(authorization) {
      if (authorization === null) return undefined;
      const key = getKey(authorization);
      return recallBy(key, authorization) ?? (await verifyOnce(key, authorization)).caller;
    },
    recall: (authorization) => recallBy(getKey(authorization), authorization),
    recallStale: (authorization) => remembered.peek(getKey(authorization))?.caller,
    revalidate(authorization) {
      const key = getKey(authorization);
      const caller = recallBy(key, authorization);
      if (caller !== undefined || !remembered.has(key)) return caller;
      return Promise.race([verifyAnew(key, authorization), sleep(revalidateMs, undefined, { ref: false })]);
    },
  };
}

/** With any number of spaces, one client could take the places of all others. */
function isWrittenAsUsual(authorization: string): boolean {
  return /^\S+ \S+$/.test(authorization);
}

/** Imported on demand: who has no OAuth server loads nothing for its tokens. */
async function loadTokenVerifier(oauth: OAuthConfig, logger: Logger) {
  const { createTokenVerifier } = await import('./token.ts');
  return createTokenVerifier(oauth, logger);
}
