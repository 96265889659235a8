import { GraphQLError } from 'graphql';
import { KeysUnavailableError } from '../../auth/errors.ts';
import { isDatabaseUnavailable } from '../../database/unavailable.ts';
import { createUnavailableError } from '../../schema/base/errors.ts';
import { createCoercionError } from './refusal.ts';

/**
 * What the outside may know of an error. GraphQL errors thrown on purpose, with a code, stay as they are; of all
 * others nothing is told but whether it is worth trying again. The original goes along for the log.
 */
export function maskError(error: unknown): GraphQLError {
  const originalError = getOriginalError(error);
  const { nodes, path } = error instanceof GraphQLError ? error : {};
  if (originalError instanceof GraphQLError) {
    if (originalError.extensions['code']) return error as GraphQLError;
    // Of the request, not of a field: what has no code inside a field is a fault of ours.
    if (path === undefined) return createCoercionError(error as GraphQLError);
  }
  const details = { nodes: nodes ?? null, path: path ?? null, originalError: originalError as Error };
  const missing = findMissing(originalError);
  if (missing !== undefined) {
    return createUnavailableError(`The service cannot reach its ${missing} for now; try again.`, details);
  }
  return new GraphQLError('Something went wrong inside the service.', {
    ...details,
    extensions: { code: 'INTERNAL_SERVER_ERROR', unexpected: true },
  });
}

function findMissing(error: unknown): string | undefined {
  if (isDatabaseUnavailable(error)) return 'database';
  return error instanceof KeysUnavailableError ? 'key server' : undefined;
}

/** The innermost error: the executor and Yoga wrap what a resolver throws. */
function getOriginalError(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? getOriginalError(error.originalError) : error;
}
