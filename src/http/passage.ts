import type { GraphQLError } from 'graphql';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../schema/base/context.ts';
import type { RequestRecord } from './observe/request-log.ts';
import type { Outcomes } from './operation/carry-out.ts';
import type { Party } from './turns/asking.ts';
import type { Arrival } from './turns/deadline.ts';

// What goes into the door and comes out of it, to the listener and on to Yoga.

/** Who comes to the door, as the head of the request says. */
export interface Visitor extends Arrival {
  /** Undefined for who is not recognised. */
  readonly caller: Caller | undefined | Promise<Caller | undefined>;
  /** By what is known at once: where he is verified anew, by what he was before. */
  readonly party: Party;
  readonly origin: string | undefined;
  readonly mediaType: string;
  readonly record: RequestRecord;
  readonly mayAskForAll: boolean;
  /** Where his answer goes. */
  readonly reply: Reply;
}

/** A request of which nothing has been begun but its record for the log. */
export interface Recorded {
  readonly record: RequestRecord;
  readonly arrival?: Arrival;
  /** Of one that has had its turn. */
  readonly deadline?: Context['deadline'];
}

/** What has been begun: with it Yoga goes on, and begins nothing again. */
export type Begun = Context & Recorded & { readonly outcomes: Outcomes };

/** What has not been given a turn: Yoga, too, answers with the refusal. */
export interface Refused extends Recorded {
  readonly refusal: GraphQLError;
}

export interface Answer {
  readonly status: 200 | 429;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What it is made of: Yoga would make the same of it. */
  readonly begun: Begun | Refused;
}

/**
 * Sends an answer, which is not given back by a promise: one that has waited for a turn is an old object by then, and
 * whatever an old one leads to stays, though it is dead, until a full collection.
 */
export type Reply = (answer: Answer) => void;

/** What is not the door's to answer goes on to Yoga, with what there is of it. */
export type Passage = 'answered' | Begun | Refused | Recorded;
