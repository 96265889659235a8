import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Db } from '../database/database.ts';
import { findBasicCaller } from './basic.ts';
import type { Caller } from './caller.ts';

/** Who an `Authorization` header speaks for: undefined without one; throws BadCredentialsError on a wrong one. */
export type Authenticate = (authorization: string | null) => Promise<Caller | undefined>;

/** Never says which part of the credentials was wrong. */
export class BadCredentialsError extends Error {
  override name = 'BadCredentialsError';
}

/**
 * Remembers what it has verified for 10 s, so that most requests cost no query; that is also how long a revoked
 * client goes on. Failures are not remembered: each costs the same work, whatever was wrong.
 */
export function createAuthenticator(db: Db): Authenticate {
  const verified = new LRUCache<string, Caller>({ max: 10_000, ttl: 10_000 });

  return async (authorization) => {
    if (authorization === null) return undefined;
    const key = createHash('sha256').update(authorization).digest('base64');
    const known = verified.get(key);
    if (known !== undefined) return known;
    const caller = await findCaller(db, authorization);
    if (caller === undefined) throw new BadCredentialsError('The credentials are wrong.');
    verified.set(key, caller);
    return caller;
  };
}

async function findCaller(db: Db, authorization: string): Promise<Caller | undefined> {
  const [, scheme, credentials] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  if (credentials === undefined) return undefined;
  return scheme?.toLowerCase() === 'basic' ? await findBasicCaller(db, credentials) : undefined;
}
