import type { GraphQLError } from 'graphql';
import { createTooManyRequestsError } from '../schema/base/errors.ts';

/** Of the bodies of requests, in bytes. */
export const bodyLimits = {
  /** What is longer is refused. A batch of 1,000 references takes 60,000. */
  largest: 100_000,
  /**
   * Bodies up to this length are not counted, one for each connection: all connections together hold 50 MB of these at
   * most. They are read without a turn, too, which takes less than to refuse them.
   */
  small: 10_000,
  /** What a request without a body takes, which waits for the answers to those that its connection has sent before. */
  request: 5_000,
  /** Of the others, what one party may have under way at once: a hundred of the largest. */
  ofParty: 10_000_000,
} as const;

/** For one whose body there is no room for. */
export function createTooManyBytesError(): GraphQLError {
  const megabytes = bodyLimits.ofParty / 1_000_000;
  return createTooManyRequestsError(`Requests with ${megabytes} MB of bodies are under way`);
}
