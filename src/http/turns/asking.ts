import type { Caller } from '../../auth/caller.ts';
import type { Operation } from '../operation/operation.ts';
import type { Measured } from '../operation/prepare.ts';

/** Who takes turns: an org, all who send no credentials, or all whose credentials have yet to be checked. */
export type Party = number | 'strangers' | 'newcomers';

/** A write may be stuck where a read is not. */
export type Kind = 'read' | 'write';

/** What a turn is asked for. */
export interface Asking {
  readonly party: Party;
  readonly kind: Kind;
  /** In microseconds. */
  readonly cost: number;
  /** Whether the operation has yet to be parsed, validated and measured. */
  readonly isUnknown?: boolean;
}

/** What operations take, in microseconds of a core, the service's and the database's together. */
export const turnCosts = {
  operation: 150,
  /** One of which nothing is read yet but its head: whether it is a request for an operation at all. */
  head: 300,
  /** One of which nothing is known yet: its credentials are looked up, or it is parsed and validated. */
  unknownOperation: 1_500,
  /** Of its document: one of 2,000 tokens that do not fit the schema takes up to 10 ms. */
  character: 0.4,
  /** Of a body that is read as JSON and coerced: one of 45,000 with a thousand ranks takes 3 ms. */
  byte: 0.07,
  /** In an answer: a row, as a rule, that is read, sent and taken apart. */
  object: 6,
  field: 0.2,
} as const;

/** `hasCredentials` tells newcomers, whose credentials are not known to be good, from strangers. */
export function findParty(caller: Caller | undefined, hasCredentials: boolean): Party {
  return caller?.orgId ?? (hasCredentials ? 'newcomers' : 'strangers');
}

export function isOrg(party: Party): party is number {
  return typeof party === 'number';
}

/** What an operation that has been measured asks for. */
export function askFor({ definition }: Operation, { fields, objects }: Measured, party: Party): Asking {
  const kind = definition.operation === 'mutation' ? 'write' : 'read';
  const cost = turnCosts.operation + objects * turnCosts.object + fields * turnCosts.field;
  return { party, kind, cost };
}

/** What a request asks for of which no more is known than who sends it, and the length of its document or body. */
export function askUnknown(party: Party, length = 0): Asking {
  // Credentials are checked in a turn of their own, before anything is parsed.
  const parsed = party === 'newcomers' ? 0 : length;
  const cost = turnCosts.unknownOperation + Math.min(parsed * turnCosts.character, 10_000);
  return { party, kind: 'read', cost, isUnknown: true };
}

/** What a body asks for, to be read as JSON and coerced. */
export function askToRead(party: Party, length: number): Asking {
  return { party, kind: 'read', cost: length * turnCosts.byte };
}
