import type { BadgeGroup } from './badge-group.ts';

/** What a caller can do wrong with a badge group: a result of the API, never a fault of the service. */
export abstract class BadgeGroupError extends Error {
  abstract readonly code: number;
  abstract readonly path: readonly string[];
}

export class BadgeGroupNameMandatoryError extends BadgeGroupError {
  readonly code = 735;
  readonly path = ['input', 'name'];
  override readonly message = 'Group name is mandatory.';
}

export class BadgeGroupNameInvalidError extends BadgeGroupError {
  readonly code = 400;
  readonly path = ['input', 'name'];
}

export class BadgeGroupRankMandatoryError extends BadgeGroupError {
  readonly code = 732;
  readonly path;
  override readonly message = 'Group Rank is Mandatory.';

  constructor(path: readonly string[] = ['input', 'rank']) {
    super();
    this.path = path;
  }
}

export class BadgeGroupNameNotUniqueError extends BadgeGroupError {
  readonly code = 733;
  readonly path = ['input', 'name'];
  override readonly message = 'Group Name should be Unique.';
  readonly existingGroup: BadgeGroup | undefined;

  constructor(existingGroup: BadgeGroup | undefined) {
    super();
    this.existingGroup = existingGroup;
  }
}

export class BadgeGroupAccessDeniedError extends BadgeGroupError {
  readonly code = 403;
  readonly path = [];
  override readonly message =
    'WRITE access is needed to change badge groups; these credentials have READ access.';
}

export class BadgeGroupNotFoundError extends BadgeGroupError {
  readonly code = 404;
  readonly path;
  override readonly message = 'No badge group of your org has this id.';

  constructor(path: readonly string[] = ['input', 'id']) {
    super();
    this.path = path;
  }
}

export class BadgeGroupChangedError extends BadgeGroupError {
  readonly code = 409;
  readonly path;
  readonly currentGroup: BadgeGroup;

  constructor(
    currentGroup: BadgeGroup,
    ifLastUpdatedOn: number,
    path: readonly string[] = ['input', 'ifLastUpdatedOn'],
  ) {
    super(`The badge group was last updated on ${currentGroup.lastUpdatedOn}, not on ${ifLastUpdatedOn}.`);
    this.currentGroup = currentGroup;
    this.path = path;
  }
}
