import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../config/logger.ts';
import { KeysUnavailableError } from './errors.ts';

const patienceMs = 3_000;
const refreshMs = 300_000;
const knownMs = 86_400_000;
const cooldownMs = 10_000;
const retryAfterFailureMs = 1_000;

/**
 * The issuer's public keys (RFC 7517), loaded from `url` at the first token and then every 5 min, whether or not there
 * are tokens, so that no token of a known key waits. While the key server is away the known keys go on, for a day.
 * A token of an unknown key loads them at once, but only one such token in 10 s.
 * Throws KeysUnavailableError, or jose's error for a token that has no key here.
 */
export function createKeySet(url: string, logger: Logger): JWTVerifyGetKey {
  // When to load is decided here: by itself jose refuses known keys too while the key server is away.
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: patienceMs,
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
  });
  let loads = 0;
  let knownUntil = -Infinity;
  let searchableFrom = -Infinity;
  let failure = { until: -Infinity, error: new KeysUnavailableError() };
  let nextRefresh: NodeJS.Timeout | undefined;

  async function load(): Promise<void> {
    if (performance.now() < failure.until) throw failure.error;
    try {
      await keys.reload();
    } catch (cause) {
      const error = new KeysUnavailableError(`The key server ${url} gives no keys: ${describe(cause)}`);
      failure = { until: performance.now() + retryAfterFailureMs, error };
      throw error;
    }
    loads += 1;
    knownUntil = performance.now() + knownMs;
    refreshIn(refreshMs);
  }

  function refreshIn(ms: number): void {
    clearTimeout(nextRefresh);
    nextRefresh = setTimeout(refresh, ms).unref();
  }

  async function refresh(): Promise<void> {
    try {
      await load();
    } catch (error) {
      logger.warn(
        { reason: (error as Error).message },
        'The keys of the issuer are not refreshed; known ones go on',
      );
      refreshIn(cooldownMs);
    }
  }

  return async (header, token) => {
    const loadsBefore = loads;
    if (performance.now() >= knownUntil) await load();
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
