import { builder } from '../base/builder.ts';
import { createBadUserInputError } from '../base/errors.ts';
import { maxListSize } from '../base/field-cost.ts';

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

/** Throws BAD_USER_INPUT unless an argument for a number of groups is from 0 to 1000. */
export function checkPageSize(argument: string, size: number): number {
  if (size >= 0 && size <= maxListSize) return size;
  throw createBadUserInputError(`"${argument}" is ${size}, but must be from 0 to ${maxListSize}.`);
}
