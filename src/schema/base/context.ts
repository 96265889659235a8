import type { Caller } from '../../auth/caller.ts';
import type { BadgeGroup } from '../../badge-group/badge-group.ts';
import type { HistoryPage, HistoryRequest } from '../../badge-group/history.ts';
import type { Db } from '../../database/database.ts';
import type { Batch } from './batch.ts';
import { createUnauthenticatedError } from './errors.ts';

/** When mutations have to be answered for without waiting for what is still under way. */
export interface MutationDeadline {
  readonly isNear: boolean;
  readonly near: Promise<void>;
}

/** What every resolver is given. */
export interface Context {
  readonly db: Db;
  /** Absent when the request carried no credentials. */
  readonly caller?: Caller | undefined;
  /** The codes of the typed errors that this request has been answered with so far. */
  readonly typedErrors: number[];
  readonly deadline?: MutationDeadline;
  /** What the top fields have given, by their keys in the answer, where they have been begun already. */
  readonly outcomes?: ReadonlyMap<string, unknown> | undefined;
  /** Here, and not in a WeakMap: what a young object is given there outlives it, until a full collection. */
  entities?: Batch<unknown, BadgeGroup | null>;
  historyPages?: Batch<HistoryRequest, HistoryPage>;
  historyCounts?: Batch<BadgeGroup, number>;
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
