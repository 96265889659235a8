import type { BadgeGroup } from '../support/service.ts';

/** What of a group calls can change, and what tells one state of it from another. */
export type Group = Pick<BadgeGroup, 'id' | 'rank' | 'isActive' | 'lastUpdatedBy' | 'lastUpdatedOn'>;

export type Request =
  | { readonly is: 'read' }
  | { readonly is: 'create'; readonly rank: number }
  | {
      readonly is: 'update';
      readonly rank?: number;
      readonly isActive?: boolean;
      readonly ifLastUpdatedOn?: number;
    };

/** A call about one group, or about the name that a group is yet to be created with. */
export interface Call {
  readonly userId: number;
  readonly request: Request;
  readonly startedAt: number;
  /** Infinity where the outcome is unknown. */
  readonly endedAt: number;
  readonly answer: Answer | undefined;
}

export interface Answer {
  /** False: it was refused (404, 409 or 733). */
  readonly isDone: boolean;
  /** As it was found or left; null where there was none. */
  readonly group: Group | null;
}

/** A group between two calls. What only calls of unknown outcome have made lacks what nobody has been told. */
export interface State extends Omit<Group, 'id'> {
  readonly id: string | undefined;
  /** False: `lastUpdatedOn` is later than this. */
  readonly isExact: boolean;
}

/** What the service does with a call, said by the plainest means; undefined when it refuses. */
export function carryOut(state: State | null, { userId, request }: Call): State | null | undefined {
  if (request.is === 'read') return state;
  if (request.is === 'create') {
    const { rank } = request;
    const unseen = { id: undefined, lastUpdatedOn: Number.NEGATIVE_INFINITY, isExact: false };
    return state ? undefined : { ...unseen, rank, isActive: true, lastUpdatedBy: userId };
  }
  if (state === null) return undefined;
  const { rank = state.rank, isActive = state.isActive, ifLastUpdatedOn } = request;
  if (ifLastUpdatedOn !== undefined && !isInstantOf(state, ifLastUpdatedOn)) return undefined;
  if (rank === state.rank && isActive === state.isActive) return state;
  const lastUpdatedOn = ifLastUpdatedOn ?? state.lastUpdatedOn;
  return { id: state.id, rank, isActive, lastUpdatedBy: userId, lastUpdatedOn, isExact: false };
}

/** Whether a call that meets this state may be answered as it was. */
export function explains(state: State | null, call: Call & { readonly answer: Answer }): boolean {
  const { isDone, group } = call.answer;
  if (!isDone) return matches(state, group) && carryOut(toState(group), call) === undefined;
  const after = carryOut(state, call);
  return after !== undefined && matches(after, group);
}

export function matches(state: State | null, group: Group | null): boolean {
  if (state === null || group === null) return state === group;
  return (
    (state.id ?? group.id) === group.id &&
    state.rank === group.rank &&
    state.isActive === group.isActive &&
    state.lastUpdatedBy === group.lastUpdatedBy &&
    isInstantOf(state, group.lastUpdatedOn)
  );
}

export function toState(group: Group | null): State | null {
  return group && { ...group, isExact: true };
}

function isInstantOf({ isExact, lastUpdatedOn }: State, instant: number): boolean {
  return isExact ? instant === lastUpdatedOn : instant > lastUpdatedOn;
}
