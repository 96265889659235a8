import type { Caller } from '../auth/caller.ts';
import type { Db } from '../database/database.ts';
import { type BadgeGroup, isBadgeGroupId, maxNameLength } from './badge-group.ts';
import {
  BadgeGroupAccessDeniedError,
  BadgeGroupChangedError,
  BadgeGroupNameInvalidError,
  BadgeGroupNameMandatoryError,
  BadgeGroupNameNotUniqueError,
  BadgeGroupNotFoundError,
  BadgeGroupRankMandatoryError,
} from './errors.ts';
import { changeRanks, type WantedRank } from './reorder.ts';
import { findBadgeGroupByName } from './repository.ts';
import { changeBadgeGroup, insertBadgeGroup } from './writes.ts';

export interface BadgeGroupDraft {
  readonly name?: string | null | undefined;
  readonly rank?: number | null | undefined;
}

/** Creates a group in the caller's org. Throws the BadgeGroupErrors 403, 735, 400, 732 and 733, checked in that order. */
export async function createBadgeGroup(db: Db, caller: Caller, draft: BadgeGroupDraft): Promise<BadgeGroup> {
  checkWriteAccess(caller);
  const name = checkName(draft.name);
  const rank = checkRank(draft.rank);
  const created = await insertBadgeGroup(db, caller, { name, rank });
  if (created !== undefined) return created;
  throw new BadgeGroupNameNotUniqueError(await findBadgeGroupByName(db, caller.orgId, name));
}

/** Absent fields stay as they are. A null name or rank is as wrong as it is in a draft; other nulls count as absent. */
export interface BadgeGroupChanges extends BadgeGroupDraft {
  readonly isActive?: boolean | null | undefined;
  /** The change is made only while this is the group's `lastUpdatedOn`. */
  readonly ifLastUpdatedOn?: number | null | undefined;
}

/**
 * Changes a group of the caller's org; a change that changes nothing writes nothing.
 * Throws the BadgeGroupErrors 403, 735, 400, 732, 404, 409 and 733, checked in that order.
 */
export async function updateBadgeGroup(
  db: Db,
  caller: Caller,
  id: string,
  changes: BadgeGroupChanges,
): Promise<BadgeGroup> {
  checkWriteAccess(caller);
  const name = changes.name === undefined ? undefined : checkName(changes.name);
  const rank = changes.rank === undefined ? undefined : checkRank(changes.rank);
  const { isActive, ifLastUpdatedOn } = changes;
  if (!isBadgeGroupId(id)) throw new BadgeGroupNotFoundError();

  const outcome = await changeBadgeGroup(db, caller, id, { name, rank, isActive, ifLastUpdatedOn });
  switch (outcome.is) {
    case 'missing':
      throw new BadgeGroupNotFoundError();
    case 'stale':
      throw new BadgeGroupChangedError(outcome.group, ifLastUpdatedOn as number);
    case 'name taken':
      throw new BadgeGroupNameNotUniqueError(await findBadgeGroupByName(db, caller.orgId, name as string));
    default:
      return outcome.group;
  }
}

type RankDraft = Omit<WantedRank, 'rank'> & Pick<BadgeGroupDraft, 'rank'>;

/**
 * Gives groups of the caller's org their ranks, all or none, and returns them in order; one that has its rank stays as
 * it is. `ranks` names each group once. Throws the BadgeGroupErrors 403, 732, 404 and 409, checked in that order, each
 * of the first entry at fault.
 */
export async function reorderBadgeGroups(
  db: Db,
  caller: Caller,
  ranks: readonly RankDraft[],
): Promise<BadgeGroup[]> {
  checkWriteAccess(caller);
  const wanted = ranks.map(({ id, rank, ifLastUpdatedOn }, index) => {
    return { id, rank: checkRank(rank, nameEntry(index, 'rank')), ifLastUpdatedOn };
  });
  const outcomes = await changeRanks(db, caller, wanted);
  const missing = outcomes.findIndex(({ is }) => is === 'missing');
  if (missing >= 0) throw new BadgeGroupNotFoundError(nameEntry(missing, 'id'));
  const found = outcomes.filter((outcome) => outcome.is !== 'missing');
  for (const [index, { is, group }] of found.entries()) {
    if (is === 'fine') continue;
    const { ifLastUpdatedOn } = wanted[index] as { ifLastUpdatedOn: number };
    throw new BadgeGroupChangedError(group, ifLastUpdatedOn, nameEntry(index, 'ifLastUpdatedOn'));
  }
  return found.map(({ group }) => group);
}

function nameEntry(index: number, field: keyof WantedRank): string[] {
  return ['input', 'ranks', String(index), field];
}

/** Throws 403 for who may not write. */
export function checkWriteAccess(caller: Caller): void {
  if (!caller.canWrite) throw new BadgeGroupAccessDeniedError();
}

/** A name is kept exactly as given, so whatever the database would refuse or change is refused here. */
function checkName(name: string | null | undefined): string {
  if (name == null || /^[\s\p{White_Space}]*$/u.test(name)) throw new BadgeGroupNameMandatoryError();
  if (!name.isWellFormed()) {
    throw new BadgeGroupNameInvalidError(
      'Group name is not well-formed Unicode: it has half a surrogate pair.',
    );
  }
  const control = /\p{Cc}/u.exec(name);
  if (control !== null) {
    throw new BadgeGroupNameInvalidError(
      `Group name has a control character (${formatCodePoint(control[0])}) at index ${control.index}; remove it.`,
    );
  }
  const length = [...name].length;
  if (length > maxNameLength) {
    throw new BadgeGroupNameInvalidError(
      `Group name has ${length} characters; at most ${maxNameLength} are allowed.`,
    );
  }
  return name;
}

function checkRank(rank: number | null | undefined, path?: readonly string[]): number {
  if (rank == null) throw new BadgeGroupRankMandatoryError(path);
  return rank;
}

function formatCodePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
