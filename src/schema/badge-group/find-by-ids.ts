import { findBadgeGroupsByIds } from '../../badge-group/repository.ts';
import { builder } from '../base/builder.ts';
import { getCaller } from '../base/context.ts';
import { createBadUserInputError } from '../base/errors.ts';
import { cost, maxListSize } from '../base/field-cost.ts';
import { BadgeGroupRef } from './type.ts';

builder.queryField('badgeGroupsById', (t) =>
  t.field({
    type: [BadgeGroupRef],
    nullable: { list: false, items: true },
    description:
      'The badge groups of the caller’s org with these ids, in the order of the ids; null for each that names none.',
    args: {
      ids: t.arg.idList({
        required: true,
        description: `Ids that groups were given at their creation, at most ${maxListSize}. One may stand there twice.`,
      }),
    },
    extensions: cost({ list: { arguments: ['ids'], assumed: maxListSize } }),
    resolve: async (_query, { ids }, context) => {
      const { orgId } = getCaller(context);
      if (ids.length > maxListSize) {
        throw createBadUserInputError(`"ids" has ${ids.length} ids, but at most ${maxListSize} are allowed.`);
      }
      return await findBadgeGroupsByIds(context.db, orgId, ids);
    },
  }),
);
