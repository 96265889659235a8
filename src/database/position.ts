import { type RawBuilder, sql } from 'kysely';
import { DatabaseProblem } from './problems.ts';
import { prepare, type Statement, type TextRow } from './statement.ts';

/** How far a server is in the log of its cluster. */
export interface Position {
  /** A cluster's and all its standbys'. */
  readonly cluster: string;
  /** Each promotion begins another one; positions on two of them do not compare. */
  readonly timeline: number;
  /** In bytes; NaN where it says nothing: of what is no standby, of a primary that acknowledges before it has written. */
  readonly lsn: number;
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

/** From the rows of either statement. */
export function readPosition([row]: readonly (TextRow | undefined)[]): Position {
  const [cluster = '', timeline, lsn] = row ?? [];
  return { cluster, timeline: Number(timeline), lsn: Number(lsn ?? Number.NaN) };
}

/** Whether a standby is where its primary was, or further. Throws DatabaseProblem where the two do not compare. */
export function hasReached({ cluster, timeline, lsn }: Position, wanted: Position): boolean {
  if (cluster !== wanted.cluster) {
    throw new DatabaseProblem('of another cluster: name a standby of the server in DATABASE_URL.');
  }
  if (Number.isNaN(lsn)) {
    throw new DatabaseProblem(
      'that is no standby, or none any more: name one of the server in DATABASE_URL.',
    );
  }
  if (Number.isNaN(wanted.lsn)) {
    throw new DatabaseProblem(
      'whose primary acknowledges what it may still lose (synchronous_commit = off): turn that on for the role.',
    );
  }
  if (timeline !== wanted.timeline) {
    throw new DatabaseProblem(
      `on timeline ${timeline}, while that in DATABASE_URL is on ${wanted.timeline}: let it follow that one.`,
    );
  }
  return lsn >= wanted.lsn;
}
