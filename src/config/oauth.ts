import { StartError } from './start-error.ts';
import { type Env, readHttpUrl, readWord } from './variables.ts';

/** Whose access tokens are accepted, and what they call the caller. */
export interface OAuthConfig {
  /** What `iss` has to be, to the letter. */
  readonly issuer: string;
  /** What `aud` has to be or to contain. */
  readonly audience: string;
  readonly jwksUrl: string;
  readonly orgClaim: string;
  readonly userClaim: string;
}

export function readOAuth(env: Env): OAuthConfig | undefined {
  const names = ['OAUTH_ISSUER', 'OAUTH_AUDIENCE', 'OAUTH_JWKS_URL'];
  const missing = names.filter((name) => !env[name]);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    throw new StartError(`${missing.join(' and ')} must be set too: OAuth needs all of ${names.join(', ')}.`);
  }
  return {
    issuer: readHttpUrl(env, 'OAUTH_ISSUER'),
    audience: readWord(env, 'OAUTH_AUDIENCE'),
    jwksUrl: readHttpUrl(env, 'OAUTH_JWKS_URL'),
    orgClaim: readWord(env, 'OAUTH_ORG_CLAIM', 'org_id'),
    userClaim: readWord(env, 'OAUTH_USER_CLAIM', 'user_id'),
  };
}
