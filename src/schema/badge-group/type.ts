import type { Caller } from '../../auth/caller.ts';
import { type BadgeGroup, isBadgeGroupId } from '../../badge-group/badge-group.ts';
import {
  BadgeGroupAccessDeniedError,
  BadgeGroupChangedError,
  BadgeGroupError,
  BadgeGroupNameInvalidError,
  BadgeGroupNameMandatoryError,
  BadgeGroupNameNotUniqueError,
  BadgeGroupNotFoundError,
  BadgeGroupRankMandatoryError,
} from '../../badge-group/errors.ts';
import { findBadgeGroupsByIds, listBadgeGroups } from '../../badge-group/repository.ts';
import { createBadgeGroup, updateBadgeGroup } from '../../badge-group/rules.ts';
import { builder } from '../base/builder.ts';
import { type Context, createBadUserInputError, getCaller } from '../base/context.ts';
import { beforeDeadline } from '../base/deadline.ts';
import type { Reference } from '../entities.ts';

export const BadgeGroupRef = builder.objectRef<BadgeGroup>('BadgeGroup').implement({
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

const BadgeGroupOrder = builder.enumType('BadgeGroupOrder', {
  description: 'The two directions of one order, which is total and the same everywhere.',
  values: {
    DESC: { description: 'From high rank to low; of equal ranks the oldest group first.' },
    ASC: { description: 'Exactly the reverse of DESC.' },
  } as const,
});

/** What selects and orders a list of groups. */
export const listArguments = builder.args((t) => ({
  order: t.field({
    type: BadgeGroupOrder,
    required: true,
    defaultValue: 'DESC',
    description: 'Highest rank first, or lowest first.',
  }),
  isActive: t.boolean({ description: 'Only active groups, or only inactive ones; all when absent.' }),
}));

export const maxPageSize = 1_000;

/** Throws BAD_USER_INPUT unless an argument for a number of groups is from 0 to 1000. */
export function checkPageSize(argument: string, size: number): number {
  if (size >= 0 && size <= maxPageSize) return size;
  throw createBadUserInputError(`"${argument}" is ${size}, but must be from 0 to ${maxPageSize}.`);
}

builder.queryField('badgeGroup', (t) =>
  t.field({
    type: BadgeGroupRef,
    nullable: true,
    description:
      'The badge group of the caller’s org with this id; null when there is none, whatever the id.',
    args: {
      id: t.arg.id({ required: true, description: 'The id that the group was given at its creation.' }),
    },
    resolve: async (_query, { id }, context) => {
      const [group] = await findReferencedBadgeGroups([{ id }], context);
      return group;
    },
  }),
);

builder.queryField('badgeGroups', (t) =>
  t.field({
    type: [BadgeGroupRef],
    description:
      'The badge groups of the caller’s org, ordered by rank. For more than 1000 use `badgeGroupsConnection`.',
    args: {
      ...listArguments,
      first: t.arg.int({
        required: true,
        defaultValue: maxPageSize,
        description: `At most so many groups, from 0 to ${maxPageSize}.`,
      }),
    },
    complexity: ({ first }) => ({ multiplier: Math.min(first, maxPageSize) }),
    resolve: async (_query, { order, isActive, first }, context) => {
      const { orgId } = getCaller(context);
      return await listBadgeGroups(
        context.db,
        orgId,
        { isActive: isActive ?? undefined },
        { limit: checkPageSize('first', first), backwards: order === 'ASC' },
      );
    },
  }),
);

const createErrors = [
  BadgeGroupNameMandatoryError,
  BadgeGroupRankMandatoryError,
  BadgeGroupNameNotUniqueError,
  BadgeGroupNameInvalidError,
  BadgeGroupAccessDeniedError,
];

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
      types: createErrors,
      union: { name: 'CreateBadgeGroupResult', description: 'The new group, or why there is none.' },
    },
    resolve: (_mutation, { input }, context) =>
      change(context, (caller) => createBadgeGroup(context.db, caller, input)),
  }),
);

const UpdateBadgeGroupInput = builder.inputType('UpdateBadgeGroupInput', {
  description: 'What to change in a badge group. A field that is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The group to change.' }),
    name: t.string({ description: 'Its new name, by the same rules as in a create; null is error 735.' }),
    rank: t.int({ description: 'Its new rank; null is error 732.' }),
    isActive: t.boolean({ description: 'Whether the group is in use; null counts as absent.' }),
    ifLastUpdatedOn: t.float({
      description:
        'The `lastUpdatedOn` that you have seen, to the microsecond: if the group has another one by now, nothing is ' +
        'changed and the answer is error 409. Null or absent: whatever it is now.',
    }),
  }),
});

builder.mutationField('updateBadgeGroup', (t) =>
  t.field({
    type: BadgeGroupRef,
    nullable: true,
    description: 'Changes a badge group of the caller’s org; needs WRITE access.',
    args: {
      input: t.arg({
        type: UpdateBadgeGroupInput,
        required: true,
        description: 'The group and its changes.',
      }),
    },
    errors: {
      types: [...createErrors, BadgeGroupNotFoundError, BadgeGroupChangedError],
      union: {
        name: 'UpdateBadgeGroupResult',
        description: 'The group as it is now, or why it was not changed.',
      },
    },
    resolve: (_mutation, { input: { id, ...changes } }, context) =>
      change(context, (caller) => updateBadgeGroup(context.db, caller, id, changes)),
  }),
);

/** Makes one change within the deadline of the request; keeps the code of a typed error for the log. */
async function change<T>(context: Context, makeChange: (caller: Caller) => Promise<T>): Promise<T> {
  const caller = getCaller(context);
  try {
    return await beforeDeadline(context.deadline, () => makeChange(caller));
  } catch (error) {
    if (error instanceof BadgeGroupError) context.typedErrors.push(error.code);
    throw error;
  }
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
