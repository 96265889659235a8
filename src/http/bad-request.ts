import { GraphQLError } from 'graphql';

/** Of a request that is not executed, because it is no GraphQL over HTTP that we take. */
export function createBadRequestError(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers } } });
}
