/** A named, ranked group of badges inside one org. Higher ranks come first, ties by id: the oldest first. */
export interface BadgeGroup {
  /** 24 hex digits: epoch seconds (8) and microseconds (5) of the creation, then 11 random ones. */
  readonly id: string;
  readonly orgId: number;
  readonly name: string;
  readonly rank: number;
  readonly createdBy: number;
  /** Epoch seconds, exact to the microsecond. */
  readonly createdOn: number;
  readonly lastUpdatedBy: number;
  readonly lastUpdatedOn: number;
  readonly isActive: boolean;
}

/** Whether a string has the shape of an id. Anything else names no group, and never reaches the database. */
export function isBadgeGroupId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{24}$/.test(value);
}

/** DESC is rank from high to low, ties by id ascending; ASC is exactly that list reversed. */
export type Order = 'ASC' | 'DESC';

/** A place in an org's list, whether a group stands there or not. */
export interface Position {
  readonly rank: number;
  readonly id: string;
}
