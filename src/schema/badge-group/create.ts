import { createBadgeGroup } from '../../badge-group/rules.ts';
import { builder } from '../base/builder.ts';
import { cost, mutationWeight } from '../base/field-cost.ts';
import { change } from './change.ts';
import { errorsOfCreate } from './errors.ts';
import { BadgeGroupRef } from './type.ts';

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
      types: errorsOfCreate,
      union: { name: 'CreateBadgeGroupResult', description: 'The new group, or why there is none.' },
    },
    extensions: cost({ weight: mutationWeight }),
    resolve: (_mutation, { input }, context) =>
      change(context, (caller) => createBadgeGroup(context.db, caller, input)),
  }),
);
