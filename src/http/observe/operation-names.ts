import type { AnsweredRequest } from './request-log.ts';

/** Names of operations that are told apart; each one is a dozen time series for each outcome. */
const maxNames = 100;
/** After this long without a request a name is forgotten, should another one need its room. */
const idleMs = 3_600_000;

/** By whom a name is used. */
interface Use {
  readonly orgId: number;
  readonly userId: number | undefined;
  usedAt: number;
}

/**
 * Names operations for the metrics. Clients choose the names, so they are bounded: an org may have no
 * more of them than are left to all, and one caller of it no more than half as many, so that nobody can use them up;
 * strangers have none. Any other is `(other)`; no name of GraphQL has parentheses. `onForget` is told of one that goes.
 */
export function createOperationNamer(
  onForget: (name: string) => void,
): (request: Pick<AnsweredRequest, 'operation' | 'orgId' | 'userId'>) => string {
  const uses = new Map<string, Use>();

  function mayAdd(orgId: number, userId: number | undefined): boolean {
    const left = maxNames - uses.size;
    const ofOrg = [...uses.values()].filter((use) => use.orgId === orgId);
    const ofCaller = ofOrg.filter((use) => use.userId === userId);
    return ofOrg.length < left && ofCaller.length < left / 2;
  }

  function forgetIdle(): void {
    for (const [name, { usedAt }] of uses) {
      if (performance.now() - usedAt < idleMs) continue;
      uses.delete(name);
      onForget(name);
    }
  }

  return ({ operation, orgId, userId }) => {
    if (operation === undefined) return '(none)';
    const usedAt = performance.now();
    const known = uses.get(operation);
    if (known !== undefined) {
      known.usedAt = usedAt;
      return operation;
    }
    if (orgId === undefined) return '(other)';
    if (!mayAdd(orgId, userId)) forgetIdle();
    if (!mayAdd(orgId, userId)) return '(other)';
    uses.set(operation, { orgId, userId, usedAt });
    return operation;
  };
}
