import { hash } from 'node:crypto';
import type { BadgeGroup, Order, Position } from './badge-group.ts';

/** What a cursor belongs to. `isActive` is no part of it: a place is the same among all groups and the active ones. */
export interface CursorScope {
  readonly orgId: number;
  readonly order: Order;
  readonly nameContains: string | undefined;
}

/** The opaque cursor of a place in one org's list, for one order and one part of the names. */
export function encodeCursor({ rank, id }: Position, scope: CursorScope): string {
  const place = `${scope.order}:${rank}:${id}`;
  return Buffer.from(`${place}:${digest(place, scope)}`).toString('base64url');
}

/** Undefined for whatever `encodeCursor` has not made for this scope. */
export function decodeCursor(cursor: string, scope: CursorScope): Position | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, rank, id] = /^[A-Z]+:(-?\d{1,10}):([0-9a-f]{24}):/.exec(text) ?? [];
  if (rank === undefined || id === undefined) return undefined;
  const position = { rank: Number(rank), id };
  return encodeCursor(position, scope) === cursor ? position : undefined;
}

/** The opaque cursor of a place in the history of one group: of the version of that instant. */
export function encodeVersionCursor(changedOn: number, { id, orgId }: BadgeGroup): string {
  return Buffer.from(`${changedOn}:${digest(`${id}:${changedOn}`, { orgId })}`).toString('base64url');
}

/** The instant of what may be the cursor of a version, of whatever group; undefined for what is none. */
export function readVersionCursor(cursor: string): number | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, instant] = /^(\d{1,10}(?:\.\d{1,6})?):[\w-]{11}$/.exec(text) ?? [];
  return instant === undefined ? undefined : Number(instant);
}

/** Undefined for whatever `encodeVersionCursor` has not made for this group. */
export function decodeVersionCursor(cursor: string, group: BadgeGroup): number | undefined {
  const changedOn = readVersionCursor(cursor);
  return changedOn !== undefined && encodeVersionCursor(changedOn, group) === cursor ? changedOn : undefined;
}

/**
 * Tells a cursor of this list from a mistake. It need not withstand a forger, who would gain nothing by it: a place
 * in the list of one's own org is no secret.
 */
function digest(
  place: string,
  { orgId, nameContains }: Pick<CursorScope, 'orgId'> & Partial<CursorScope>,
): string {
  const filter = nameContains === undefined ? '' : `:${nameContains}`;
  return hash('sha256', `${orgId}:${place}${filter}`, 'base64url').slice(0, 11);
}
