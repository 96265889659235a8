/** The keys of the issuer cannot be had for now, so nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError';
}
