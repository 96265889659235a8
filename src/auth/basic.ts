import type { Db } from '../database/database.ts';
import { findActiveApiClient } from './api-client.repository.ts';
import type { Caller } from './caller.ts';
import { hashSecret, isSameHash } from './secret.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

// What no secret hashes to: it stands in for the hash of an unknown client.
const nobody = '0'.repeat(64);

/**
 * The caller behind the credentials of an HTTP Basic header (RFC 7617, UTF-8), undefined when there is none.
 * An unknown client and a wrong secret cost the same work: one query, one hash, one comparison.
 */
export async function findBasicCaller(db: Db, credentials: string): Promise<Caller | undefined> {
  const pair = parseBasic(credentials);
  if (pair === undefined) return undefined;
  const client = await findActiveApiClient(db, pair.name);
  const matches = isSameHash(hashSecret(pair.secret), client?.secretHash ?? nobody);
  if (client === undefined || !matches) return undefined;
  const { orgId, userId, canWrite } = client;
  return { orgId, userId, canWrite, client: pair.name };
}

function parseBasic(credentials: string): { name: string; secret: string } | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(credentials)) return undefined;
  const text = decode(Buffer.from(credentials, 'base64'));
  // Control characters are not allowed in either part, and Postgres would refuse a NUL.
  if (text === undefined || /\p{Cc}/u.test(text)) return undefined;
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { name: text.slice(0, colon), secret: text.slice(colon + 1) };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
