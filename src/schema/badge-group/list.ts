import { listBadgeGroups } from '../../badge-group/lists.ts';
import { builder } from '../base/builder.ts';
import { getCaller } from '../base/context.ts';
import { cost, maxListSize } from '../base/field-cost.ts';
import { checkPageSize, listArguments, listArgumentWeights, readFilter } from './list-arguments.ts';
import { BadgeGroupRef } from './type.ts';

builder.queryField('badgeGroups', (t) =>
  t.field({
    type: [BadgeGroupRef],
    description:
      'The badge groups of the caller’s org, ordered by rank. For more than 1000 use `badgeGroupsConnection`.',
    args: {
      ...listArguments,
      first: t.arg.int({
        required: true,
        defaultValue: maxListSize,
        description: `At most so many groups, from 0 to ${maxListSize}.`,
      }),
    },
    extensions: cost({
      list: { arguments: ['first'], assumed: maxListSize },
      arguments: listArgumentWeights,
    }),
    resolve: async (_query, { order, first, ...filter }, context) => {
      const { orgId } = getCaller(context);
      return await listBadgeGroups(context.db, orgId, readFilter(filter), {
        limit: checkPageSize('first', first),
        backwards: order === 'ASC',
      });
    },
  }),
);
