import { findBadgeGroupsByIds } from '../../badge-group/repository.ts';
import { builder } from '../base/builder.ts';
import { getCaller } from '../base/context.ts';
import { BadgeGroupRef } from './type.ts';

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
      const { orgId } = getCaller(context);
      const [group] = await findBadgeGroupsByIds(context.db, orgId, [id]);
      return group;
    },
  }),
);
