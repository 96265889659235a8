import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../auth/caller.ts';
import { createTooManyRequestsError } from '../schema/base/errors.ts';
import { HeldBytes } from './held-bytes.ts';
import type { Party } from './turns/asking.ts';

/** Of answers that their clients have yet to read, in bytes. */
export const unreadLimits = {
  /** What is no more is not counted: all connections together hold 50 MB of these at most. */
  small: 10_000,
  /** With more of the others a party is refused what it asks for: five of the largest, or seventy lists of 1,000. */
  ofParty: 20_000_000,
  /** Where an answer to what was begun before would make it more than this, its connection is closed. */
  most: 40_000_000,
} as const;

/** What answers take of memory beyond what the system has taken of them, however slowly they are read. */
export class UnreadAnswers {
  readonly #held = new HeldBytes(unreadLimits.most);

  /** Undefined for a party that may ask for more. */
  refuse(party: Party): GraphQLError | undefined {
    if (this.#held.count(party) <= unreadLimits.ofParty) return undefined;
    const megabytes = unreadLimits.ofParty / 1_000_000;
    return createTooManyRequestsError(`Answers with ${megabytes} MB are waiting to be read`);
  }

  /** Counts so many bytes of an answer until it is read, or its connection is closed. */
  count(party: Party, response: ServerResponse, bytes: number): void {
    const { socket } = response.req;
    // Of one that has gone nothing tells the end.
    if (bytes <= unreadLimits.small || socket.destroyed) return;
    if (this.#held.add(party, bytes)) response.once('close', () => this.#held.remove(party, bytes));
    // What waits on it for its turn goes, too.
    else socket.destroy();
  }
}

interface AnswerContext {
  /** Told the length of an answer that is about to be written, and the org of who is verified by then. */
  readonly noteAnswer?: (bytes: number, orgId: number | undefined) => void;
  readonly caller?: Caller | undefined;
}

/** Has what Yoga answers counted; but for pages, which are there once for all who read them. */
export function useUnreadAnswers(): Plugin<object, AnswerContext> {
  return {
    onResponse({ response: { headers }, serverContext: { noteAnswer, caller } }) {
      if (headers.get('content-type')?.startsWith('text/html')) return;
      noteAnswer?.(Number(headers.get('content-length')), caller?.orgId);
    },
  };
}
