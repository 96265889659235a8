import { BadgeGroupChangedError, BadgeGroupNotFoundError } from '../../badge-group/errors.ts';
import { updateBadgeGroup } from '../../badge-group/rules.ts';
import { builder } from '../base/builder.ts';
import { cost, mutationWeight } from '../base/field-cost.ts';
import { change } from './change.ts';
import { errorsOfCreate } from './errors.ts';
import { BadgeGroupRef } from './type.ts';

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
      types: [...errorsOfCreate, BadgeGroupNotFoundError, BadgeGroupChangedError],
      union: {
        name: 'UpdateBadgeGroupResult',
        description: 'The group as it is now, or why it was not changed.',
      },
    },
    extensions: cost({ weight: mutationWeight }),
    resolve: (_mutation, { input: { id, ...changes } }, context) =>
      change(context, (caller) => updateBadgeGroup(context.db, caller, id, changes)),
  }),
);
