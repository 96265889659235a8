import type { BadgeGroup, Position } from '../../badge-group/badge-group.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../badge-group/cursor.ts';
import { findBadgeGroupPage, type Page } from '../../badge-group/page.ts';
import { builder } from '../base/builder.ts';
import { getCaller } from '../base/context.ts';
import { createBadUserInputError } from '../base/errors.ts';
import { cost, maxListSize } from '../base/field-cost.ts';
import { found, written } from '../base/written.ts';
import { checkPageSize, listArguments, listArgumentWeights, readFilter } from './list-arguments.ts';
import { BadgeGroupRef } from './type.ts';

class Edge {
  readonly node: BadgeGroup;
  readonly #encode: () => string;
  #cursor: string | undefined;

  constructor(node: BadgeGroup, encode: () => string) {
    this.node = node;
    this.#encode = encode;
  }

  get cursor(): string {
    this.#cursor ??= this.#encode();
    return this.#cursor;
  }
}

class Connection {
  readonly page: Page;
  readonly edges: readonly Edge[];

  constructor(page: Page, edges: readonly Edge[]) {
    this.page = page;
    this.edges = edges;
  }
}

const defaultPageSize = 100;
const cursorBytes = 80;
/** To count reads all groups of the org, as a list of 1,000 does. */
const countWeight = maxListSize;

const EdgeRef = builder.objectRef<Edge>('BadgeGroupEdge').implement({
  description: 'A badge group in a page, with its place in the list.',
  extensions: { writtenFrom: Edge },
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      description: 'For `after` or `before` of another page of the same order and the same `nameContains`.',
      extensions: { ...cost({ bytes: cursorBytes }), ...written<Edge>(({ cursor }) => `"${cursor}"`) },
    }),
    node: t.expose('node', {
      type: BadgeGroupRef,
      description: 'The group.',
      extensions: found<Edge>(({ node }) => node),
    }),
  }),
});

const PageInfoRef = builder.objectRef<Connection>('PageInfo').implement({
  description: 'Where a page lies in its list (Relay’s connections).',
  extensions: { directives: { shareable: {} }, writtenFrom: Connection },
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: 'Whether the list goes on after this page.',
      extensions: written<Connection>(({ page }) => writeBoolean(page.hasNextPage())),
      resolve: ({ page }) => page.hasNextPage(),
    }),
    hasPreviousPage: t.boolean({
      description: 'Whether the list has begun before this page.',
      extensions: written<Connection>(({ page }) => writeBoolean(page.hasPreviousPage())),
      resolve: ({ page }) => page.hasPreviousPage(),
    }),
    startCursor: t.string({
      nullable: true,
      description: 'The first cursor of this page; null when it is empty.',
      extensions: {
        ...cost({ bytes: cursorBytes }),
        ...written<Connection>(({ edges }) => writeCursor(edges[0])),
      },
      resolve: ({ edges }) => edges[0]?.cursor,
    }),
    endCursor: t.string({
      nullable: true,
      description: 'The last cursor of this page; null when it is empty.',
      extensions: {
        ...cost({ bytes: cursorBytes }),
        ...written<Connection>(({ edges }) => writeCursor(edges.at(-1))),
      },
      resolve: ({ edges }) => edges.at(-1)?.cursor,
    }),
  }),
});

const ConnectionRef = builder.objectRef<Connection>('BadgeGroupConnection').implement({
  description: 'A page of badge groups (Relay’s connections).',
  extensions: { writtenFrom: Connection },
  fields: (t) => ({
    edges: t.field({
      type: [EdgeRef],
      description: 'The groups of this page, in order, each with its cursor.',
      extensions: found<Connection>(({ edges }) => edges),
      resolve: ({ edges }) => [...edges],
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
    args: {
      ...listArguments,
      first: t.arg.int({
        description: `The length of a forward page, from 0 to 1000; ${defaultPageSize} when absent.`,
      }),
      after: t.arg.string({ description: 'Only groups after this cursor.' }),
      last: t.arg.int({
        description: 'The length of a backward page, from 0 to 1000. Not together with `first`.',
      }),
      before: t.arg.string({ description: 'Only groups before this cursor.' }),
    },
    extensions: cost({
      list: { arguments: ['first', 'last'], assumed: defaultPageSize, of: 'edges' },
      arguments: listArgumentWeights,
    }),
    resolve: async (_query, { order, first, after, last, before, ...others }, context) => {
      const { orgId } = getCaller(context);
      if (first != null && last != null) throw createBadUserInputError('Give "first" or "last", not both.');
      const filter = readFilter(others);
      const scope = { orgId, order, nameContains: filter.nameContains };
      const page = await findBadgeGroupPage(context.db, orgId, {
        order,
        filter,
        first: checkPageSize('first', first ?? defaultPageSize),
        last: last == null ? undefined : checkPageSize('last', last),
        after: readCursor('after', after, scope),
        before: readCursor('before', before, scope),
      });
      const edges = page.groups.map((node) => new Edge(node, () => encodeCursor(node, scope)));
      return new Connection(page, edges);
    },
  }),
);

/** What the database has to be asked for is not written. */
function writeBoolean(value: boolean | Promise<boolean>): string | undefined {
  return typeof value === 'boolean' ? String(value) : undefined;
}

function writeCursor(edge: Edge | undefined): string {
  return edge ? `"${edge.cursor}"` : 'null';
}

function readCursor(
  argument: string,
  cursor: string | null | undefined,
  scope: CursorScope,
): Position | undefined {
  if (cursor == null) return undefined;
  const position = decodeCursor(cursor, scope);
  if (position !== undefined) return position;
  throw createBadUserInputError(
    `"${argument}" is no cursor of this list in this order, with this "nameContains": take one from a page of it.`,
  );
}
