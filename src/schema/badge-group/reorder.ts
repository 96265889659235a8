import type { BadgeGroup } from '../../badge-group/badge-group.ts';
import {
  BadgeGroupAccessDeniedError,
  BadgeGroupChangedError,
  BadgeGroupNotFoundError,
  BadgeGroupRankMandatoryError,
} from '../../badge-group/errors.ts';
import { checkWriteAccess, reorderBadgeGroups } from '../../badge-group/rules.ts';
import { builder } from '../base/builder.ts';
import { createBadUserInputError } from '../base/errors.ts';
import { cost, maxListSize, mutationWeight } from '../base/field-cost.ts';
import { found } from '../base/written.ts';
import { change } from './change.ts';
import { BadgeGroupRef } from './type.ts';

const BadgeGroupRankInput = builder.inputType('BadgeGroupRankInput', {
  description: 'The rank that a badge group is to have.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The group.' }),
    rank: t.int({ description: 'Its rank from now on; a missing one is error 732.' }),
    ifLastUpdatedOn: t.float({
      description:
        'The `lastUpdatedOn` that you have seen, to the microsecond: if the group has another one by now, no group is ' +
        'changed and the answer is error 409. Null or absent: whatever it is now.',
    }),
  }),
});

const ReorderBadgeGroupsInput = builder.inputType('ReorderBadgeGroupsInput', {
  description: 'New ranks of badge groups; the groups that it does not name keep theirs.',
  fields: (t) => ({
    ranks: t.field({
      type: [BadgeGroupRankInput],
      required: true,
      description: `From 1 to ${maxListSize}, each group once.`,
    }),
  }),
});

class Reordered {
  readonly badgeGroups: BadgeGroup[];

  constructor(badgeGroups: BadgeGroup[]) {
    this.badgeGroups = badgeGroups;
  }
}

/** How many groups gateways take a reorder to have, which do not look into its input. */
const assumedSize = 10;

const ReorderedRef = builder.objectRef<Reordered>('BadgeGroupsReordered').implement({
  description: 'All groups have the ranks that were asked for.',
  extensions: { writtenFrom: Reordered },
  fields: (t) => ({
    badgeGroups: t.expose('badgeGroups', {
      type: [BadgeGroupRef],
      description: 'The groups that were named, in the order of the input, as they are now.',
      extensions: {
        ...cost({ list: { arguments: [], assumed: assumedSize } }),
        ...found<Reordered>(({ badgeGroups }) => badgeGroups),
      },
    }),
  }),
});

builder.mutationField('reorderBadgeGroups', (t) =>
  t.field({
    type: ReorderedRef,
    nullable: true,
    description:
      'Gives badge groups of the caller’s org new ranks, all or none of them; needs WRITE access. A group that has its ' +
      'rank already stays as it is. An error is that of the first entry at fault, which its `path` names.',
    args: {
      input: t.arg({
        type: ReorderBadgeGroupsInput,
        required: true,
        description: 'The groups and their ranks.',
      }),
    },
    errors: {
      types: [
        BadgeGroupAccessDeniedError,
        BadgeGroupRankMandatoryError,
        BadgeGroupNotFoundError,
        BadgeGroupChangedError,
      ],
      union: {
        name: 'ReorderBadgeGroupsResult',
        description: 'The groups with their ranks, or why none was changed.',
      },
    },
    extensions: cost({
      weight: mutationWeight,
      list: { arguments: ['input.ranks'], assumed: 0, of: 'badgeGroups', weight: mutationWeight },
    }),
    resolve: (_mutation, { input: { ranks } }, context) =>
      change(context, async (caller) => {
        // Before anything else: that there is something wrong with the list is not his who may not write.
        checkWriteAccess(caller);
        checkRanks(ranks);
        return new Reordered(await reorderBadgeGroups(context.db, caller, ranks));
      }),
  }),
);

/** Throws BAD_USER_INPUT unless there are 1 to 1,000 entries, each of another group. */
function checkRanks(ranks: readonly { readonly id: string }[]): void {
  if (ranks.length < 1 || ranks.length > maxListSize) {
    throw createBadUserInputError(
      `"ranks" has ${ranks.length} entries, but must have from 1 to ${maxListSize}.`,
    );
  }
  const seen = new Set<string>();
  for (const { id } of ranks) {
    if (seen.has(id)) throw createBadUserInputError(`"ranks" names the id "${id}" more than once.`);
    seen.add(id);
  }
}
