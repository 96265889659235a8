import { type ColumnType, type RawBuilder, sql } from 'kysely';

export interface Database {
  badge_group: BadgeGroupTable;
  badge_group_version: BadgeGroupVersionTable;
  api_client: ApiClientTable;
}

interface BadgeGroupTable {
  org_id: number;
  id: string;
  name: string;
  rank: number;
  is_active: Defaulted<boolean>;
  created_by: number;
  created_at: Instant;
  updated_by: number;
  updated_at: Instant;
}

interface BadgeGroupVersionTable {
  org_id: number;
  id: string;
  changed_at: Instant;
  changed_by: number;
  name: string;
  rank: number;
  is_active: boolean;
}

interface ApiClientTable {
  name: string;
  org_id: number;
  user_id: number;
  can_write: boolean;
  secret_hash: string;
  created_at: Instant;
  revoked_at: Instant | null;
}

type Defaulted<T> = ColumnType<T, T | undefined, T>;

/** A timestamptz, set by the database's clock and read through `epochSeconds`: a Date would lose microseconds. */
type Instant = ColumnType<unknown, RawBuilder<unknown> | undefined, RawBuilder<unknown>>;

/** A timestamptz column as epoch seconds, exact to the microsecond: as JSON, whose numbers no setting rounds. */
export function epochSeconds(
  column: 'created_at' | 'updated_at' | 'changed_at' | 'revoked_at',
): RawBuilder<number> {
  return sql<number>`to_json(extract(epoch from ${sql.ref(column)}))`;
}
