import type { Db } from '../database/database.ts';
import type { BadgeGroup } from './badge-group.ts';
import { type BadgeGroupVersion, listVersions, type VersionStretch } from './versions.ts';

/** Which page of a group's history, newest first, in the terms of Relay's connections; an instant is a version's. */
export interface HistoryRequest {
  readonly group: BadgeGroup;
  readonly first: number;
  /** Without it, it is a forward page. */
  readonly last: number | undefined;
  readonly after: number | undefined;
  readonly before: number | undefined;
}

export interface HistoryPage {
  readonly versions: readonly BadgeGroupVersion[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

/**
 * Reads pages of the histories of many groups of an org, in their order: all forward ones in one statement, and all
 * backward ones. The newest version is taken from the group as it was read, so that both agree in one answer.
 */
export async function findHistoryPages(
  db: Db,
  orgId: number,
  requests: readonly HistoryRequest[],
): Promise<HistoryPage[]> {
  const [newest, oldest] = await Promise.all([
    listVersions(db, orgId, requests.filter(isForward).map(toStretch), { newestFirst: true }),
    listVersions(db, orgId, requests.filter((request) => !isForward(request)).map(toStretch), {
      newestFirst: false,
    }),
  ]);
  return requests.map((request) => makePage(request, (isForward(request) ? newest : oldest).shift() ?? []));
}

function isForward({ last }: HistoryRequest): boolean {
  return last === undefined;
}

/** One more than asked for, which tells whether there are others. */
function toStretch({ group, first, last = first, after, before }: HistoryRequest): VersionStretch {
  const olderThan = Math.min(group.lastUpdatedOn, after ?? Infinity);
  return { id: group.id, olderThan, newerThan: before ?? -Infinity, limit: last + 1 };
}

/** From what the group was before, which begins at the end of the history where it is a backward page. */
function makePage(request: HistoryRequest, past: readonly BadgeGroupVersion[]): HistoryPage {
  const { first, last, after, before } = request;
  const present = isPresentAsked(request) ? [toVersion(request.group)] : [];
  const found = isForward(request) ? [...present, ...past] : [...past, ...present];
  const versions = found.slice(0, last ?? first);
  const hasMore = found.length > versions.length;
  return {
    versions: isForward(request) ? versions : versions.reverse(),
    // Versions stay: beyond a cursor there is always its own.
    hasPreviousPage: after !== undefined || (!isForward(request) && hasMore),
    hasNextPage: before !== undefined || (isForward(request) && hasMore),
  };
}

function isPresentAsked({ group, after = Infinity, before = -Infinity }: HistoryRequest): boolean {
  return group.lastUpdatedOn < after && group.lastUpdatedOn > before;
}

function toVersion({ name, rank, isActive, lastUpdatedBy, lastUpdatedOn }: BadgeGroup): BadgeGroupVersion {
  return { name, rank, isActive, changedBy: lastUpdatedBy, changedOn: lastUpdatedOn };
}
