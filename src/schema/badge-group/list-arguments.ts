import type { Filter } from '../../badge-group/lists.ts';
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
  nameContains: t.string({
    description:
      'Only groups that have this in their name, whatever the case of its letters: `gold` finds `Marigold` and ' +
      '`GOLD`. All else is taken literally, accents and `%` too. All groups when absent or empty.',
  }),
}));

/** A search looks at the names of all groups of the org, as a count does. */
export const listArgumentWeights = { nameContains: maxListSize };

/** Null counts as absent, and so does an empty text, which every name contains. */
export function readFilter({
  isActive,
  nameContains,
}: {
  readonly isActive?: boolean | null | undefined;
  readonly nameContains?: string | null | undefined;
}): Filter {
  return { isActive: isActive ?? undefined, nameContains: nameContains || undefined };
}

/** Throws BAD_USER_INPUT unless an argument for a number of groups is from 0 to 1000. */
export function checkPageSize(argument: string, size: number): number {
  if (size >= 0 && size <= maxListSize) return size;
  throw createBadUserInputError(`"${argument}" is ${size}, but must be from 0 to ${maxListSize}.`);
}
