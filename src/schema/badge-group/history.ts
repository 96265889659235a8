import { decodeVersionCursor, encodeVersionCursor, readVersionCursor } from '../../badge-group/cursor.ts';
import { findHistoryPages } from '../../badge-group/history.ts';
import { type BadgeGroupVersion, countVersions } from '../../badge-group/versions.ts';
import { Batch } from '../base/batch.ts';
import { builder } from '../base/builder.ts';
import { type Context, getCaller } from '../base/context.ts';
import { cost } from '../base/field-cost.ts';
import {
  Connection,
  cursorBytes,
  Edge,
  PageInfoRef,
  type PageSize,
  pageArguments,
  readCursor,
  readPageSize,
} from './pages.ts';
import { BadgeGroupRef } from './type.ts';

const defaultPageSize = 20;
/** Each group has a page of its own, even an empty one. */
const pageWeight = 8;
/** A cursor is of one group: for each other one of a list it makes an error, the dearest of all answers. */
const cursorWeight = 50;
/** To count reads all versions of a group: a few, as a rule. */
const countWeight = 10;

const VersionRef = builder.objectRef<BadgeGroupVersion>('BadgeGroupVersion').implement({
  description: 'What a badge group was from one change until the next one.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name then.' }),
    rank: t.exposeInt('rank', { description: 'Its rank then.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether it was in use.' }),
    changedBy: t.exposeInt('changedBy', { description: 'The id of the user who made it so.' }),
    changedOn: t.exposeFloat('changedOn', {
      description:
        'When, in epoch seconds, exact to the microsecond. No two versions of a group have the same.',
    }),
    changedOnISO: t.field({
      type: 'DateTime',
      description: '`changedOn` in ISO 8601, cut to whole seconds, in the time zone of the server.',
      resolve: ({ changedOn }, _args, { formatInstant }) => formatInstant(changedOn),
    }),
  }),
});

const EdgeRef = builder.objectRef<Edge<BadgeGroupVersion>>('BadgeGroupVersionEdge').implement({
  description: 'A version in a page, with its place in the history.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      description: 'For `after` or `before` of another page of the same history.',
      extensions: cost({ bytes: cursorBytes }),
    }),
    node: t.expose('node', { type: VersionRef, description: 'The version.' }),
  }),
});

const ConnectionRef = builder
  .objectRef<Connection<BadgeGroupVersion>>('BadgeGroupVersionConnection')
  .implement({
    description: 'A page of the history of a badge group (Relay’s connections).',
    fields: (t) => ({
      edges: t.expose('edges', {
        type: [EdgeRef],
        description: 'The versions of this page, newest first, each with its cursor.',
      }),
      pageInfo: t.field({
        type: PageInfoRef,
        description: 'Where this page lies in the history.',
        resolve: (connection) => connection,
      }),
      totalCount: t.int({
        description: 'How many versions the whole history has. Counted only when asked for.',
        extensions: cost({ weight: countWeight }),
        resolve: ({ page }) => page.count(),
      }),
    }),
  });

builder.objectField(BadgeGroupRef, 'history', (t) =>
  t.field({
    type: ConnectionRef,
    description:
      'Every state that the group has had, newest first: the first one is the group itself. Page by page: `first` with ' +
      '`after`, or `last` with `before`. A group from before histories were kept has what it was when they began.',
    args: pageArguments(defaultPageSize, 'versions'),
    extensions: cost({
      weight: pageWeight,
      list: { arguments: ['first', 'last'], assumed: defaultPageSize, of: 'edges' },
      arguments: { after: cursorWeight, before: cursorWeight },
      check: (args) => readPage(args, readVersionCursor),
    }),
    resolve: async (group, args, context) => {
      const page = readPage(args, (cursor) => decodeVersionCursor(cursor, group));
      const { versions, hasPreviousPage, hasNextPage } = await findPages(context).load({ group, ...page });
      const edges = versions.map((node) => new Edge(node, () => encodeVersionCursor(node.changedOn, group)));
      const ends = {
        hasPreviousPage: () => hasPreviousPage,
        hasNextPage: () => hasNextPage,
        count: () => findCounts(context).load(group),
      };
      return new Connection(ends, edges);
    },
  }),
);

interface PageArguments extends PageSize {
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

function readPage({ after, before, ...size }: PageArguments, decode: (cursor: string) => number | undefined) {
  return {
    ...readPageSize(size, defaultPageSize),
    after: readCursor(['after', after], 'this group’s history', decode),
    before: readCursor(['before', before], 'this group’s history', decode),
  };
}

/** Those of a whole list are read by one statement. */
function findPages(context: Context) {
  const { orgId } = getCaller(context);
  context.historyPages ??= new Batch((requests) => findHistoryPages(context.db, orgId, requests));
  return context.historyPages;
}

function findCounts(context: Context) {
  const { orgId } = getCaller(context);
  context.historyCounts ??= new Batch((groups) => countVersions(context.db, orgId, groups));
  return context.historyCounts;
}
