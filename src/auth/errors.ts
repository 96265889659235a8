/** Wrong credentials, of which nothing but the message is told: never which part of a pair was wrong. */
export class BadCredentialsError extends Error {
  override name = 'BadCredentialsError';
}

/** A token that is not accepted. The message is a fixed phrase, fit for a header (RFC 6750, section 3). */
export class BadTokenError extends BadCredentialsError {
  override name = 'BadTokenError';
}

/** The keys of the issuer cannot be had for now, so nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError';
}
