import { BadgeGroup } from '../../badge-group/badge-group.ts';
import { builder } from '../base/builder.ts';
import { written } from '../base/written.ts';

export const BadgeGroupRef = builder.objectRef<BadgeGroup>('BadgeGroup').implement({
  description:
    'A named, ranked group of badges inside one organisation (org), for example Beginner, Intermediate or Expert.',
  extensions: { directives: { key: { fields: 'id' } }, writtenFrom: BadgeGroup },
  fields: (t) => ({
    id: t.exposeID('id', {
      description: '24 hex digits; ids sort by age. The first 8 are the epoch second of the creation.',
      extensions: written<BadgeGroup>(({ columns }) => `"${columns[0]}"`),
    }),
    orgId: t.exposeInt('orgId', {
      description: 'The org that the group belongs to: always the caller’s own.',
      extensions: written<BadgeGroup>(({ orgId }) => String(orgId)),
    }),
    name: t.exposeString('name', {
      description: 'Exactly as it was given. Unique within the org; `Gold` and `gold` are two names.',
      extensions: written<BadgeGroup>(({ columns }) => JSON.stringify(columns[1])),
    }),
    rank: t.exposeInt('rank', {
      description: 'Groups with a higher rank come first. Ranks may tie; the older group then comes first.',
      extensions: written<BadgeGroup>(({ columns }) => columns[2]),
    }),
    createdBy: t.exposeInt('createdBy', {
      description: 'The id of the user who created the group.',
      extensions: written<BadgeGroup>(({ columns }) => columns[3]),
    }),
    createdOn: t.exposeFloat('createdOn', {
      description: 'When the group was created, in epoch seconds, exact to the microsecond.',
      extensions: written<BadgeGroup>(({ columns }) => writeInstant(columns[4])),
    }),
    createdOnISO: t.field({
      type: 'DateTime',
      description: '`createdOn` in ISO 8601, cut to whole seconds, in the time zone of the server.',
      extensions: written<BadgeGroup>(
        ({ columns }, { formatInstant }) => `"${formatInstant(Number(columns[4]))}"`,
      ),
      resolve: (group, _args, { formatInstant }) => formatInstant(group.createdOn),
    }),
    lastUpdatedBy: t.exposeInt('lastUpdatedBy', {
      description: 'The id of the user who last changed the group; its creator as long as nobody has.',
      extensions: written<BadgeGroup>(({ columns }) => columns[5]),
    }),
    lastUpdatedOn: t.exposeFloat('lastUpdatedOn', {
      description: 'When the group last changed, in epoch seconds, exact to the microsecond.',
      extensions: written<BadgeGroup>(({ columns }) => writeInstant(columns[6])),
    }),
    lastUpdatedOnISO: t.field({
      type: 'DateTime',
      description: '`lastUpdatedOn` in ISO 8601, cut to whole seconds, in the time zone of the server.',
      extensions: written<BadgeGroup>(
        ({ columns }, { formatInstant }) => `"${formatInstant(Number(columns[6]))}"`,
      ),
      resolve: (group, _args, { formatInstant }) => formatInstant(group.lastUpdatedOn),
    }),
    isActive: t.exposeBoolean('isActive', {
      description: 'Whether the group is in use. A new group is.',
      extensions: written<BadgeGroup>(({ isActive }) => String(isActive)),
    }),
  }),
});

/**
 * As JavaScript writes the number. Postgres writes six decimals always; up to second 2^33 (in the year 2242) doubles
 * tell all of those apart, and where the last one is no zero they are what JavaScript writes, too.
 */
function writeInstant(text: string): string {
  const isExact = text.length === '8589934592.000000'.length && text < '8589934592' && !text.endsWith('0');
  return isExact ? text : String(Number(text));
}
