import type { BadgeGroup } from '../../badge-group/badge-group.ts';
import { builder } from '../base/builder.ts';

export const BadgeGroupRef = builder.objectRef<BadgeGroup>('BadgeGroup').implement({
  description:
    'A named, ranked group of badges inside one organisation (org), for example Beginner, Intermediate or Expert.',
  extensions: { directives: { key: { fields: 'id' } } },
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
