import { findBadgeGroupByName } from '../../badge-group/repository.ts';
import { builder } from '../base/builder.ts';
import { getCaller } from '../base/context.ts';
import { BadgeGroupRef } from './type.ts';

builder.queryField('badgeGroupByName', (t) =>
  t.field({
    type: BadgeGroupRef,
    nullable: true,
    description:
      'The badge group of the caller’s org with exactly this name; null when there is none, whatever the name.',
    args: {
      name: t.arg.string({
        required: true,
        description: 'The whole name, as it was given: `Gold` and `gold` are two names.',
      }),
    },
    resolve: async (_query, { name }, context) => {
      const { orgId } = getCaller(context);
      return await findBadgeGroupByName(context.db, orgId, name);
    },
  }),
);
