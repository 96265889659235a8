import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** The keys of the issuer cannot be had for now, so nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError';
}

const patienceMs = 3_000;
const maxAgeMs = 300_000;
const cooldownMs = 10_000;
const retryAfterFailureMs = 1_000;

/**
 * The issuer's public keys (RFC 7517), loaded from `url` at the first token and every 5 min; known ones go on while
 * the key server is away. A token of an unknown key loads them at once, but only one such token in 10 s.
 * Throws KeysUnavailableError, or jose's error for a token that has no key here.
 */
export function createKeySet(url: string): JWTVerifyGetKey {
  // When to load is decided here: by itself jose refuses known keys too while the key server is away.
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: patienceMs,
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
  });
  let loads = 0;
  let staleFrom = -Infinity;
  let searchableFrom = -Infinity;
  let failure = { until: -Infinity, error: new KeysUnavailableError() };

  async function load(): Promise<void> {
    if (performance.now() < failure.until) throw failure.error;
    try {
      await keys.reload();
      loads += 1;
      staleFrom = performance.now() + maxAgeMs;
    } catch (cause) {
      const error = new KeysUnavailableError(`The key server ${url} gives no keys: ${describe(cause)}`);
      failure = { until: performance.now() + retryAfterFailureMs, error };
      throw error;
    }
  }

  async function refresh(): Promise<void> {
    try {
      await load();
    } catch (error) {
      if (keys.jwks() === undefined) throw error;
      staleFrom = performance.now() + cooldownMs;
    }
  }

  return async (header, token) => {
    const loadsBefore = loads;
    if (performance.now() >= staleFrom) await refresh();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || performance.now() < searchableFrom) throw error;
      if (loads === loadsBefore) await load();
      searchableFrom = performance.now() + cooldownMs;
      return await keys(header, token);
    }
  };
}

/** `fetch` hides what happened in the cause. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  return `${message} (${(cause as NodeJS.ErrnoException).code ?? cause.message})`;
}
