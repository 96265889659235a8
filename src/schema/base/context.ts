import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { Caller } from '../../auth/caller.ts';
import type { Db } from '../../database/database.ts';

/** What every resolver is given. */
export interface Context {
  readonly db: Db;
  /** Absent when the request carried no credentials. */
  readonly caller?: Caller | undefined;
  /** The codes of the typed errors that this request has been answered with so far. */
  readonly typedErrors: number[];
  /** Aborted when the request has to be answered without waiting for what is still under way. */
  readonly deadline?: AbortSignal;
  /** What `WWW-Authenticate` says when credentials are missing. */
  readonly challenges: string;
  /** Epoch seconds to the ISO 8601 string of the server's time zone. */
  readonly formatInstant: (epochSeconds: number) => string;
}

/** The caller, without whom nothing is read or written. Throws UNAUTHENTICATED when there is none. */
export function getCaller({ caller, challenges }: Pick<Context, 'caller' | 'challenges'>): Caller {
  if (caller !== undefined) return caller;
  throw createUnauthenticatedError('Credentials are needed: send an Authorization header.', challenges);
}

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
