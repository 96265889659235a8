import { type BadCredentialsError, BadTokenError } from './errors.ts';

/**
 * What `WWW-Authenticate` says: the schemes that are accepted (RFC 7617, RFC 6750 section 3) and, when a token was
 * given that is not, why.
 */
export function formatChallenges(hasOAuth: boolean, error?: BadCredentialsError): string {
  const challenges = ['Basic realm="badge-groups", charset="UTF-8"'];
  if (hasOAuth) challenges.push('Bearer realm="badge-groups"');
  if (error instanceof BadTokenError) {
    challenges.push(`error="invalid_token", error_description="${error.message}"`);
  }
  return challenges.join(', ');
}
