import { GraphQLError, type GraphQLErrorOptions } from 'graphql';

// What an app cannot cure is an entry of `errors`, by its `extensions.code`; all else is a typed result.

/** HTTP 401, with the `challenges` in `WWW-Authenticate`. */
export function createUnauthenticatedError(message: string, challenges: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: {
      code: 'UNAUTHENTICATED',
      http: { status: 401, headers: { 'WWW-Authenticate': challenges } },
    },
  });
}

/** For arguments out of range; say what was given and what would be right. */
export function createBadUserInputError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** HTTP 503 with `Retry-After`: what the service depends on is away or too slow for now. */
export function createUnavailableError(message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  const http = { status: 503, headers: { 'Retry-After': '1' } };
  return new GraphQLError(message, { ...options, extensions: { code: 'SERVICE_UNAVAILABLE', http } });
}

/**
 * HTTP 429 with `Retry-After`: the caller's org, or who has no known credentials, has its share already, and `reason` says
 * of what.
 */
export function createTooManyRequestsError(reason: string): GraphQLError {
  return new GraphQLError(`${reason}; this one was not begun. Try again in a second.`, {
    extensions: { code: 'TOO_MANY_REQUESTS', http: { status: 429, headers: { 'Retry-After': '1' } } },
  });
}
