import type { BadgeGroup } from '../../badge-group/badge-group.ts';
import { decodeCursor, encodeCursor } from '../../badge-group/cursor.ts';
import { findBadgeGroupPage } from '../../badge-group/page.ts';
import { builder } from '../base/builder.ts';
import { getCaller } from '../base/context.ts';
import { cost, maxListSize } from '../base/field-cost.ts';
import { found, written } from '../base/written.ts';
import { listArguments, listArgumentWeights, readFilter } from './list-arguments.ts';
import {
  Connection,
  cursorBytes,
  Edge,
  PageInfoRef,
  pageArguments,
  readCursor,
  readPageSize,
} from './pages.ts';
import { BadgeGroupRef } from './type.ts';

const defaultPageSize = 100;
/** To count reads all groups of the org, as a list of 1,000 does. */
const countWeight = maxListSize;

const EdgeRef = builder.objectRef<Edge<BadgeGroup>>('BadgeGroupEdge').implement({
  description: 'A badge group in a page, with its place in the list.',
  extensions: { writtenFrom: Edge },
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      description: 'For `after` or `before` of another page of the same order and the same `nameContains`.',
      extensions: {
        ...cost({ bytes: cursorBytes }),
        ...written<Edge<BadgeGroup>>(({ cursor }) => `"${cursor}"`),
      },
    }),
    node: t.expose('node', {
      type: BadgeGroupRef,
      description: 'The group.',
      extensions: found<Edge<BadgeGroup>>(({ node }) => node),
    }),
  }),
});

const ConnectionRef = builder.objectRef<Connection<BadgeGroup>>('BadgeGroupConnection').implement({
  description: 'A page of badge groups (Relay’s connections).',
  extensions: { writtenFrom: Connection },
  fields: (t) => ({
    edges: t.expose('edges', {
      type: [EdgeRef],
      description: 'The groups of this page, in order, each with its cursor.',
      extensions: found<Connection>(({ edges }) => edges),
    }),
    pageInfo: t.field({
      type: PageInfoRef,
      description: 'Where this page lies in the list.',
      extensions: found<Connection>((connection) => connection),
      resolve: (connection) => connection,
    }),
    totalCount: t.int({
      description:
        'How many groups the whole list has. Counted only when asked for; in a large org that takes a while.',
      extensions: cost({ weight: countWeight }),
      resolve: ({ page }) => page.count(),
    }),
  }),
});

builder.queryField('badgeGroupsConnection', (t) =>
  t.field({
    type: ConnectionRef,
    description:
      'The badge groups of the caller’s org, ordered by rank, page by page: `first` with `after`, or `last` with ' +
      '`before`. No page costs more than another, and groups that come or move meanwhile neither repeat nor hide others.',
    args: { ...listArguments, ...pageArguments(defaultPageSize, 'groups') },
    extensions: cost({
      list: { arguments: ['first', 'last'], assumed: defaultPageSize, of: 'edges' },
      arguments: listArgumentWeights,
    }),
    resolve: async (_query, { order, first, after, last, before, ...others }, context) => {
      const { orgId } = getCaller(context);
      const filter = readFilter(others);
      const scope = { orgId, order, nameContains: filter.nameContains };
      const decode = (cursor: string) => decodeCursor(cursor, scope);
      const list = 'this list in this order, with this "nameContains"';
      const page = await findBadgeGroupPage(context.db, orgId, {
        order,
        filter,
        ...readPageSize({ first, last }, defaultPageSize),
        after: readCursor(['after', after], list, decode),
        before: readCursor(['before', before], list, decode),
      });
      const edges = page.groups.map((node) => new Edge(node, () => encodeCursor(node, scope)));
      return new Connection(page, edges);
    },
  }),
);
