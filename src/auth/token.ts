import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from '../config/logger.ts';
import type { OAuthConfig } from '../config/oauth.ts';
import type { Caller } from './caller.ts';
import { BadTokenError } from './errors.ts';
import { createKeySet } from './key-set.ts';

export interface VerifiedToken {
  readonly caller: Caller;
  /** Epoch milliseconds, clock tolerance included. */
  readonly expiresAt: number;
}

const maxTokenLength = 8_192;
const maxClientIdLength = 100;
const clockToleranceSeconds = 5;
const writeScope = 'loyalty:write';

const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/**
 * Checks the access tokens of one issuer (JWTs: RFC 7519, RFC 8725) and gives the caller that each speaks for.
 * It throws BadTokenError, or KeysUnavailableError when nothing can be said of the token for now.
 */
export function createTokenVerifier(
  config: OAuthConfig,
  logger: Logger,
): (token: string) => Promise<VerifiedToken> {
  const keySet = createKeySet(config.jwksUrl, logger);

  return async (token) => {
    if (token.length > maxTokenLength || !/^[\w.-]+$/.test(token)) throw new BadTokenError(malformed);
    const payload = await verify(token, keySet, config);
    return {
      caller: {
        orgId: readInt(payload, config.orgClaim),
        userId: readInt(payload, config.userClaim),
        canWrite: readScope(payload).includes(writeScope),
        clientId: readClientId(payload),
      },
      expiresAt: (readExpiry(payload) + clockToleranceSeconds) * 1_000,
    };
  };
}

async function verify(
  token: string,
  keySet: JWTVerifyGetKey,
  { issuer, audience }: OAuthConfig,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keySet, {
      issuer,
      audience,
      algorithms,
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceSeconds,
    });
    return payload;
  } catch (error) {
    throw error instanceof errors.JOSEError ? new BadTokenError(describe(error)) : error;
  }
}

const malformed = 'The token is malformed.';
const noExpiry = 'The token needs an expiry, the claim exp.';

const phrasesByCode: Record<string, string> = {
  [errors.JWTExpired.code]: 'The token has expired.',
  [errors.JOSEAlgNotAllowed.code]: 'The token is signed with an algorithm that is not allowed.',
  [errors.JWKSNoMatchingKey.code]: 'The token is signed with a key that the issuer does not publish.',
  [errors.JWKSMultipleMatchingKeys.code]: 'The token does not say with which key of the issuer it is signed.',
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the token is wrong.',
};

const phrasesByClaim: Record<string, string> = {
  exp: noExpiry,
  nbf: 'The token is not valid yet.',
  iss: 'The token is from another issuer.',
  aud: 'The token is for another audience.',
};

/** jose's own messages repeat what the token holds. */
function describe(error: errors.JOSEError): string {
  const phrase =
    error instanceof errors.JWTClaimValidationFailed
      ? phrasesByClaim[error.claim]
      : phrasesByCode[error.code];
  return phrase ?? malformed;
}

function readInt(payload: JWTPayload, claim: string): number {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new BadTokenError(`The token needs the claim ${claim}, an integer from 0 to 2147483647.`);
}

function readScope({ scope = '' }: JWTPayload): string[] {
  if (typeof scope !== 'string') throw new BadTokenError('The claim scope of the token must be a string.');
  return scope.split(' ');
}

/** RFC 9068 demands `client_id`; OpenID Connect has `azp`. For the log alone: a token is as good without. */
function readClientId({ client_id, azp }: JWTPayload): string | undefined {
  const clientId = client_id ?? azp;
  return typeof clientId === 'string' ? clientId.slice(0, maxClientIdLength).toWellFormed() : undefined;
}

/** JSON can write a number so large that it is read as infinite. */
function readExpiry({ exp }: JWTPayload): number {
  if (exp === undefined || !Number.isFinite(exp)) throw new BadTokenError(noExpiry);
  return exp;
}
