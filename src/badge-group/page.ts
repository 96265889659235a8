import type { Db } from '../database/database.ts';
import type { BadgeGroup, Order, Position } from './badge-group.ts';
import { countBadgeGroups, type Filter, listBadgeGroups, type Stretch } from './lists.ts';

/** Which page of an org's list, in the terms of Relay's connections; without `last` it is a forward page. */
export interface PageRequest {
  readonly order: Order;
  readonly filter: Filter;
  readonly first: number;
  readonly last: number | undefined;
  readonly after: Position | undefined;
  readonly before: Position | undefined;
}

export interface Page {
  readonly groups: readonly BadgeGroup[];
  // These ask the database, once; the first two only where the page itself does not tell.
  hasPreviousPage(): boolean | Promise<boolean>;
  hasNextPage(): boolean | Promise<boolean>;
  count(): Promise<number>;
}

/**
 * Reads one page by its place in the order, never by counting, so that no page costs more than another, and groups
 * that come, move or go between two pages neither repeat nor hide the others.
 */
export async function findBadgeGroupPage(db: Db, orgId: number, request: PageRequest): Promise<Page> {
  const { filter, first, last, after, before } = request;
  const forward = last === undefined;
  const size = forward ? first : last;

  // A stretch is in DESC order; ASC is the same list seen from its other end.
  const descending = request.order === 'DESC';
  const stretch = (from: Position | undefined, to: Position | undefined, inclusive = false): Stretch =>
    descending
      ? { ...filter, after: from, before: to, inclusive }
      : { ...filter, after: to, before: from, inclusive };

  const found = await listBadgeGroups(db, orgId, stretch(after, before), {
    limit: size + 1,
    backwards: descending !== forward,
  });
  const hasMore = found.length > size;
  const groups = forward ? found.slice(0, size) : found.slice(0, size).reverse();

  const hasGroups = async (others: Stretch): Promise<boolean> =>
    (await listBadgeGroups(db, orgId, others, { limit: 1, backwards: false })).length > 0;

  return {
    groups,
    count: once(() => countBadgeGroups(db, orgId, filter)),
    hasPreviousPage: once(() => {
      if (!forward && hasMore) return true;
      return after !== undefined && hasGroups(stretch(undefined, groups[0] ?? after, groups.length === 0));
    }),
    hasNextPage: once(() => {
      if (forward && hasMore) return true;
      return (
        before !== undefined && hasGroups(stretch(groups.at(-1) ?? before, undefined, groups.length === 0))
      );
    }),
  };
}

/** However often it is asked, it works once: a request may ask under many aliases. */
function once<Result extends NonNullable<unknown>>(work: () => Result): () => Result {
  let result: Result | undefined;
  return () => (result ??= work());
}
