/** What an app shows of a group. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly rank: number;
  readonly lastUpdatedOn: number;
}

/** What became of a create or an update, as far as an app can react to it. */
export type Outcome =
  | { readonly done: Group }
  /** Error 733: the group that has the name. */
  | { readonly taken: Group | null }
  /** Error 409: the group as it is now. */
  | { readonly changed: Group }
  /** Another error, told to the user. */
  | { readonly refused: string };

export interface Draft {
  readonly name: string;
  readonly rank: number;
}

export interface Changes {
  readonly id: string;
  readonly name?: string;
  readonly rank?: number;
  readonly ifLastUpdatedOn?: number | undefined;
}

/** A screen with the groups, page by page. What is created comes on top. */
export interface App {
  shown(): readonly Group[];
  hasMore(): boolean;
  showMore(): Promise<void>;
  create(input: Draft): Promise<Outcome>;
  update(input: Changes): Promise<Outcome>;
  close(): void;
}

export interface Connection {
  readonly url: string;
  readonly authorization: string;
  readonly fetch: typeof fetch;
}

export const pageSize = 2;
