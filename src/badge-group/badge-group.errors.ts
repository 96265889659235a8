import type { BadgeGroup } from './badge-group.ts';

/** What a caller can do wrong with a badge group: a result of the API, never a fault of the service. */
export abstract class BadgeGroupError extends Error {
  abstract readonly code: number;
  /** The offending input, from the argument down. */
  abstract readonly path: readonly string[];
}

export class BadgeGroupNameMandatoryError extends BadgeGroupError {
  override readonly name = 'BadgeGroupNameMandatoryError';
  readonly code = 735;
  readonly path = ['input', 'name'];
  override readonly message = 'Group name is mandatory.';
}

export class BadgeGroupNameInvalidError extends BadgeGroupError {
  override readonly name = 'BadgeGroupNameInvalidError';
  readonly code = 400;
  readonly path = ['input', 'name'];
}

export class BadgeGroupRankMandatoryError extends BadgeGroupError {
  override readonly name = 'BadgeGroupRankMandatoryError';
  readonly code = 732;
  readonly path = ['input', 'rank'];
  override readonly message = 'Group Rank is Mandatory.';
}

export class BadgeGroupNameNotUniqueError extends BadgeGroupError {
  override readonly name = 'BadgeGroupNameNotUniqueError';
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
  override readonly name = 'BadgeGroupAccessDeniedError';
  readonly code = 403;
  readonly path = [];
  override readonly message =
    'WRITE access is needed to change badge groups; these credentials have READ access.';
}
