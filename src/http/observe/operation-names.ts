import type { AnsweredRequest } from './request-log.ts';

/** Names of operations that are told apart; each one is a dozen time series for each outcome. */
const maxNames = 100;
/** After this long without a request a name gives its place away, should another one need it. */
const idleMs = 3_600_000;

interface Place {
  readonly orgId: number;
  readonly userId: number | undefined;
  usedAt: number;
}

/**
 * Names operations for the metrics. Clients choose the names, so they are bounded: of the places that are free, an org
 * may have taken no more and one caller of it no more than half as many, so that nobody can use them up; strangers take
 * none. A name without a place is `(other)`; no name of GraphQL has parentheses. `onForget` is told when one loses its.
 */
export function createOperationNamer(
  onForget: (name: string) => void,
): (request: Pick<AnsweredRequest, 'operation' | 'orgId' | 'userId'>) => string {
  const places = new Map<string, Place>();

  function mayTakePlace(orgId: number, userId: number | undefined): boolean {
    const free = maxNames - places.size;
    const ofOrg = [...places.values()].filter((place) => place.orgId === orgId);
    const ofCaller = ofOrg.filter((place) => place.userId === userId);
    return ofOrg.length < free && ofCaller.length < free / 2;
  }

  function forgetIdle(): void {
    for (const [name, { usedAt }] of places) {
      if (performance.now() - usedAt < idleMs) continue;
      places.delete(name);
      onForget(name);
    }
  }

  return ({ operation, orgId, userId }) => {
    if (operation === undefined) return '(none)';
    const usedAt = performance.now();
    const place = places.get(operation);
    if (place !== undefined) {
      place.usedAt = usedAt;
      return operation;
    }
    if (orgId === undefined) return '(other)';
    if (!mayTakePlace(orgId, userId)) forgetIdle();
    if (!mayTakePlace(orgId, userId)) return '(other)';
    places.set(operation, { orgId, userId, usedAt });
    return operation;
  };
}
