import { type RawBuilder, sql } from 'kysely';
import { prepare, type Statement, type TextRow } from './statement.ts';

/** How far a server is in the log of its cluster. */
export interface Position {
  /** A cluster's and all its standbys'. */
  readonly cluster: string;
  /** Each promotion begins another one; places on two of them do not compare. */
  readonly timeline: number;
  /** In bytes; NaN where it says nothing: of what is no standby, of a primary that acknowledges before it has written. */
  readonly place: number;
}

/**
 * A primary's: up to where its log is on disk, and so beyond every commit that it has acknowledged. Not up to where it
 * is written: that may be behind the header of a page, which no standby reports. Fails on a standby.
 */
export const flushedPosition = preparePosition(
  'flushed_position',
  sql`select system_identifier,
    ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int,
    case when current_setting('synchronous_commit') <> 'off' then pg_current_wal_flush_lsn() - '0/0' end
  from pg_control_system()`,
);

/** A standby's: up to where its statements see what the primary has committed. The timeline is the newest that is sure. */
export const replayedPosition = preparePosition(
  'replayed_position',
  sql`select system_identifier,
    greatest(timeline_id, min_recovery_end_timeline),
    case when pg_is_in_recovery() then pg_last_wal_replay_lsn() - '0/0' end
  from pg_control_system(), pg_control_checkpoint(), pg_control_recovery()`,
);

function preparePosition(title: string, text: RawBuilder<unknown>): Statement<object> {
  return prepare<object>(title, (db) => ({ compile: () => text.compile(db) }));
}

export function readPosition([row]: readonly (TextRow | undefined)[]): Position {
  const [cluster = '', timeline, place] = row ?? [];
  return { cluster, timeline: Number(timeline), place: Number(place ?? Number.NaN) };
}
