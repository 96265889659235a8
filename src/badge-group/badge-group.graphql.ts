import { builder } from '../graphql/builder.ts';
import { type Context, createBadUserInputError, getCaller } from '../graphql/context.ts';
import type { Reference } from '../graphql/entities.ts';
import {
  BadgeGroupAccessDeniedError,
  type BadgeGroupError,
  BadgeGroupNameInvalidError,
  BadgeGroupNameMandatoryError,
  BadgeGroupNameNotUniqueError,
  BadgeGroupRankMandatoryError,
} from './badge-group.errors.ts';
import { findBadgeGroupsByIds, listBadgeGroups } from './badge-group.repository.ts';
import { type BadgeGroup, createBadgeGroup, isBadgeGroupId } from './badge-group.ts';

const BadgeGroupRef = builder.objectRef<BadgeGroup>('BadgeGroup').implement({
  description:
    'A named, ranked group of badges inside one organisation (org), for example Beginner, Intermediate or Expert.',
  directives: { key: { fields: 'id' } },
  fields: (t) => ({
    id: t.exposeID('id', {
      description: '24 hex digits; ids sort by age. The first 8 are the epoch second of the creation.',
    }),
    orgId: t.exposeInt('orgId', {
      description: 'The org that the group belongs to: always the caller’s own.',
    }),
    name: t.exposeString('name', {
      description: 'Exactly as it was given. Unique within the org; `Gold` and `gold` are two names.',
    }),
    rank: t.exposeInt('rank', {
      description: 'Groups with a higher rank come first. Ranks may tie; the older group then comes first.',
    }),
    createdBy: t.exposeInt('createdBy', { description: 'The id of the user who created the group.' }),
    createdOn: t.exposeFloat('createdOn', {
      description: 'When the group was created, in epoch seconds, exact to the microsecond.',
    }),
    createdOnISO: t.field({
      type: 'DateTime',
      description: '`createdOn` in ISO 8601, cut to whole seconds, in the time zone of the server.',
      resolve: (group, _args, { formatInstant }) => formatInstant(group.createdOn),
    }),
    lastUpdatedBy: t.exposeInt('lastUpdatedBy', {
      description: 'The id of the user who last changed the group; its creator as long as nobody has.',
    }),
    lastUpdatedOn: t.exposeFloat('lastUpdatedOn', {
      description: 'When the group last changed, in epoch seconds, exact to the microsecond.',
    }),
    lastUpdatedOnISO: t.field({
      type: 'DateTime',
      description: '`lastUpdatedOn` in ISO 8601, cut to whole seconds, in the time zone of the server.',
      resolve: (group, _args, { formatInstant }) => formatInstant(group.lastUpdatedOn),
    }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether the group is in use. A new group is.' }),
  }),
});

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

const BadgeGroupOrder = builder.enumType('BadgeGroupOrder', {
  description: 'The two directions of one order, which is total and the same everywhere.',
  values: {
    DESC: { description: 'From high rank to low; of equal ranks the oldest group first.' },
    ASC: { description: 'Exactly the reverse of DESC.' },
  } as const,
});

const maxListLength = 1_000;

builder.queryField('badgeGroups', (t) =>
  t.field({
    type: [BadgeGroupRef],
    description: 'The badge groups of the caller’s org, ordered by rank.',
    args: {
      order: t.arg({
        type: BadgeGroupOrder,
        required: true,
        defaultValue: 'DESC',
        description: 'Highest rank first, or lowest first.',
      }),
      isActive: t.arg.boolean({ description: 'Only active groups, or only inactive ones; all when absent.' }),
      first: t.arg.int({
        required: true,
        defaultValue: maxListLength,
        description: `At most so many groups, from 0 to ${maxListLength}.`,
      }),
    },
    resolve: (_query, { order, isActive, first }, context) => {
      const { orgId } = getCaller(context);
      const limit = checkListLength('first', first);
      return listBadgeGroups(context.db, orgId, { order, isActive: isActive ?? undefined, limit });
    },
  }),
);

const CreateBadgeGroupInput = builder.inputType('CreateBadgeGroupInput', {
  description: 'A new badge group. Both fields are mandatory; a missing one is answered with its own error.',
  fields: (t) => ({
    name: t.string({
      description:
        'Up to 255 characters, not only white space, no control characters. Kept exactly as given.',
    }),
    rank: t.int({
      description: 'Groups with a higher rank come first. Any integer of 32 bits; ranks may tie.',
    }),
  }),
});

builder.mutationField('createBadgeGroup', (t) =>
  t.field({
    type: BadgeGroupRef,
    nullable: true,
    description: 'Creates a badge group in the caller’s org; needs WRITE access.',
    args: {
      input: t.arg({ type: CreateBadgeGroupInput, required: true, description: 'The group to create.' }),
    },
    errors: {
      types: [
        BadgeGroupNameMandatoryError,
        BadgeGroupRankMandatoryError,
        BadgeGroupNameNotUniqueError,
        BadgeGroupNameInvalidError,
        BadgeGroupAccessDeniedError,
      ],
      union: { name: 'CreateBadgeGroupResult', description: 'The new group, or why there is none.' },
    },
    resolve: (_mutation, { input }, context) => createBadgeGroup(context.db, getCaller(context), input),
  }),
);

function checkListLength(argument: string, length: number): number {
  if (length >= 0 && length <= maxListLength) return length;
  throw createBadUserInputError(`"${argument}" is ${length}, but must be from 0 to ${maxListLength}.`);
}

/** The badge groups that a gateway's references name, in their order; null for each that names none of the org. */
export async function findReferencedBadgeGroups(
  references: readonly Reference[],
  context: Context,
): Promise<(BadgeGroup | null)[]> {
  const { orgId } = getCaller(context);
  const ids = new Set(references.map(({ id }) => id).filter(isBadgeGroupId));
  const groups = ids.size === 0 ? [] : await findBadgeGroupsByIds(context.db, orgId, [...ids]);
  const groupsById = new Map<unknown, BadgeGroup>(groups.map((group) => [group.id, group]));
  return references.map(({ id }) => groupsById.get(id) ?? null);
}
