/** The columns of a group as Postgres writes them: all text. */
export type BadgeGroupColumns = readonly [
  id: string,
  name: string,
  rank: string,
  createdBy: string,
  createdOn: string,
  lastUpdatedBy: string,
  lastUpdatedOn: string,
  isActive: string,
];

/**
 * A named, ranked group of badges inside one org. Higher ranks come first, ties by id: the oldest first.
 * It reads a column when it is asked for it: most groups are written as they come.
 */
export class BadgeGroup {
  readonly orgId: number;
  readonly columns: BadgeGroupColumns;

  /** `line` is a row of the org: its columns with tabs between them, which no name has. */
  constructor(orgId: number, line: string) {
    this.orgId = orgId;
    this.columns = line.split('\t') as unknown as BadgeGroupColumns;
  }

  /** 24 hex digits: epoch seconds (8) and microseconds (5) of the creation, then 11 random ones. */
  get id(): string {
    return this.columns[0];
  }

  get name(): string {
    return this.columns[1];
  }

  get rank(): number {
    return Number(this.columns[2]);
  }

  get createdBy(): number {
    return Number(this.columns[3]);
  }

  /** Epoch seconds, exact to the microsecond. */
  get createdOn(): number {
    return Number(this.columns[4]);
  }

  get lastUpdatedBy(): number {
    return Number(this.columns[5]);
  }

  get lastUpdatedOn(): number {
    return Number(this.columns[6]);
  }

  get isActive(): boolean {
    return this.columns[7] === 't';
  }
}

/** Whether a string has the shape of an id. Anything else names no group, and never reaches the database. */
export function isBadgeGroupId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{24}$/.test(value);
}

/** In characters, that is code points. */
export const maxNameLength = 255;

/** Whether a name may have this text in it. Any other is in none, and never reaches the database. */
export function fitsInName(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text) && [...text].length <= maxNameLength;
}

/** DESC is rank from high to low, ties by id ascending; ASC is exactly that list reversed. */
export type Order = 'ASC' | 'DESC';

/** A place in an org's list, whether a group stands there or not. */
export interface Position {
  readonly rank: number;
  readonly id: string;
}
