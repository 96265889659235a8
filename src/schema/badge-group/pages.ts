import type { Page } from '../../badge-group/page.ts';
import { builder } from '../base/builder.ts';
import { createBadUserInputError } from '../base/errors.ts';
import { cost } from '../base/field-cost.ts';
import { written } from '../base/written.ts';
import { checkPageSize } from './list-arguments.ts';

/** What a connection has to know of its page, whatever is on it. */
type PageEnds = Omit<Page, 'groups'>;

export class Edge<Node> {
  readonly node: Node;
  readonly #encode: () => string;
  #cursor: string | undefined;

  constructor(node: Node, encode: () => string) {
    this.node = node;
    this.#encode = encode;
  }

  get cursor(): string {
    this.#cursor ??= this.#encode();
    return this.#cursor;
  }
}

export class Connection<Node = unknown> {
  readonly page: PageEnds;
  readonly edges: Edge<Node>[];

  constructor(page: PageEnds, edges: Edge<Node>[]) {
    this.page = page;
    this.edges = edges;
  }
}

export const cursorBytes = 80;

export const PageInfoRef = builder.objectRef<Connection>('PageInfo').implement({
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

/** The arguments that say which page; `defaultSize` is the length of one without `first` and `last`. */
export function pageArguments(defaultSize: number, noun: string) {
  return builder.args((t) => ({
    first: t.int({
      description: `The length of a forward page, from 0 to 1000; ${defaultSize} when absent.`,
    }),
    after: t.string({ description: `Only ${noun} after this cursor.` }),
    last: t.int({
      description: 'The length of a backward page, from 0 to 1000. Not together with `first`.',
    }),
    before: t.string({ description: `Only ${noun} before this cursor.` }),
  }));
}

export interface PageSize {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
}

/** Throws BAD_USER_INPUT where `first` or `last` is out of range, and where both are given. */
export function readPageSize({ first, last }: PageSize, defaultSize: number) {
  if (first != null && last != null) throw createBadUserInputError('Give "first" or "last", not both.');
  return {
    first: checkPageSize('first', first ?? defaultSize),
    last: last == null ? undefined : checkPageSize('last', last),
  };
}

/** Throws BAD_USER_INPUT where `decode` does not know a cursor; `where` says what it should be one of. */
export function readCursor<Position>(
  [argument, cursor]: readonly [name: string, cursor: string | null | undefined],
  where: string,
  decode: (cursor: string) => Position | undefined,
): Position | undefined {
  if (cursor == null) return undefined;
  const position = decode(cursor);
  if (position !== undefined) return position;
  throw createBadUserInputError(`"${argument}" is no cursor of ${where}: take one from a page of it.`);
}

/** What the database has to be asked for is not written. */
function writeBoolean(value: boolean | Promise<boolean>): string | undefined {
  return typeof value === 'boolean' ? String(value) : undefined;
}

function writeCursor(edge: Edge<unknown> | undefined): string {
  return edge ? `"${edge.cursor}"` : 'null';
}
