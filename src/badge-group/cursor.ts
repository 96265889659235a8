import { hash } from 'node:crypto';
import type { Order, Position } from './badge-group.ts';

/** The opaque cursor of a place in one org's list, for one order. */
export function encodeCursor({ rank, id }: Position, orgId: number, order: Order): string {
  const place = `${order}:${rank}:${id}`;
  return Buffer.from(`${place}:${digest(place, orgId)}`).toString('base64url');
}

/** Undefined for whatever `encodeCursor` has not made for this org and order. */
export function decodeCursor(cursor: string, orgId: number, order: Order): Position | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, rank, id] = /^[A-Z]+:(-?\d{1,10}):([0-9a-f]{24}):/.exec(text) ?? [];
  if (rank === undefined || id === undefined) return undefined;
  const position = { rank: Number(rank), id };
  return encodeCursor(position, orgId, order) === cursor ? position : undefined;
}

/**
 * Tells a cursor of this org from a mistake. It need not withstand a forger, who would gain nothing by it: a place
 * in the list of one's own org is no secret.
 */
function digest(place: string, orgId: number): string {
  return hash('sha256', `${orgId}:${place}`, 'base64url').slice(0, 11);
}
