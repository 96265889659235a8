import {
  BadgeGroupAccessDeniedError,
  BadgeGroupChangedError,
  type BadgeGroupError,
  BadgeGroupNameInvalidError,
  BadgeGroupNameMandatoryError,
  BadgeGroupNameNotUniqueError,
  BadgeGroupNotFoundError,
  BadgeGroupRankMandatoryError,
} from '../../badge-group/errors.ts';
import { builder } from '../base/builder.ts';
import { cost } from '../base/field-cost.ts';
import { BadgeGroupRef } from './type.ts';

const BadgeGroupErrorRef = builder.interfaceRef<BadgeGroupError>('BadgeGroupError').implement({
  description: 'Why a badge group was not created or changed. Nothing was written.',
  fields: (t) => ({
    code: t.exposeInt('code', {
      description: 'The code of the loyalty platform for this error; it never changes.',
    }),
    message: t.exposeString('message', {
      description: 'What is wrong, in English, for people. Decide by `code`.',
    }),
    path: t.exposeStringList('path', {
      description: 'The input at fault, from the argument down: `["input", "name"]`. Empty when no input is.',
      extensions: cost({ list: { arguments: [], assumed: 4 } }),
    }),
  }),
});

builder.objectType(BadgeGroupNameMandatoryError, {
  name: 'BadgeGroupNameMandatoryError',
  interfaces: [BadgeGroupErrorRef],
  description: 'Code 735, when the name is absent, null, empty or only white space. Give the group a name.',
});

builder.objectType(BadgeGroupNameInvalidError, {
  name: 'BadgeGroupNameInvalidError',
  interfaces: [BadgeGroupErrorRef],
  description:
    'Code 400, when the name has more than 255 characters, a control character or half a surrogate pair. ' +
    'The message says which; correct the name.',
});

builder.objectType(BadgeGroupRankMandatoryError, {
  name: 'BadgeGroupRankMandatoryError',
  interfaces: [BadgeGroupErrorRef],
  description:
    'Code 732, when the rank is absent or null. Give the group a rank: 0 and negative ones are ranks too.',
});

builder.objectType(BadgeGroupNameNotUniqueError, {
  name: 'BadgeGroupNameNotUniqueError',
  interfaces: [BadgeGroupErrorRef],
  description:
    'Code 733, when the org has a group of exactly this name. Choose another name; or, after a create whose answer ' +
    'was lost, look whether `existingGroup` is your own.',
  fields: (t) => ({
    existingGroup: t.field({
      type: BadgeGroupRef,
      nullable: true,
      description: 'The group that has the name; null when it gave the name up in the meantime.',
      resolve: ({ existingGroup }) => existingGroup,
    }),
  }),
});

builder.objectType(BadgeGroupAccessDeniedError, {
  name: 'BadgeGroupAccessDeniedError',
  interfaces: [BadgeGroupErrorRef],
  description:
    'Code 403, when the caller has no WRITE access, whatever the input. Use credentials that have it.',
});

builder.objectType(BadgeGroupNotFoundError, {
  name: 'BadgeGroupNotFoundError',
  interfaces: [BadgeGroupErrorRef],
  description: 'Code 404, when the org of the caller has no group with this id. Look the id up again.',
});

builder.objectType(BadgeGroupChangedError, {
  name: 'BadgeGroupChangedError',
  interfaces: [BadgeGroupErrorRef],
  description:
    'Code 409, when `ifLastUpdatedOn` was given and somebody has changed the group since. Look at `currentGroup`, ' +
    'decide, and try again with its `lastUpdatedOn`.',
  fields: (t) => ({
    currentGroup: t.field({
      type: BadgeGroupRef,
      description: 'The group as it is now.',
      resolve: ({ currentGroup }) => currentGroup,
    }),
  }),
});

/** What a create can be answered with, and so an update, too. */
export const errorsOfCreate = [
  BadgeGroupNameMandatoryError,
  BadgeGroupRankMandatoryError,
  BadgeGroupNameNotUniqueError,
  BadgeGroupNameInvalidError,
  BadgeGroupAccessDeniedError,
];
