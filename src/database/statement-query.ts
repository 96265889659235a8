import pg, { type Connection, type Submittable } from 'pg';
import { serialize } from 'pg-protocol';
import type { Statement, TextRow } from './statement.ts';

/** What the driver remembers of a connection: the texts that are prepared on it, by their names. */
interface PreparedConnection extends Connection {
  readonly parsedStatements: Readonly<Record<string, string>>;
}

/** Everything as text, but null and bytes. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }).utils;

const executeAndSync = Buffer.concat([serialize.execute(), serialize.sync()]);

type Done = (error: Error | undefined, result: StatementQuery) => void;

/**
 * A statement on its way through pg, in the place of pg's own query: it is sent in one piece, the server does not describe
 * the columns of every answer, and the rows stay as they have been read. May be sent again when it is done.
 */
export class StatementQuery implements Submittable {
  readonly title: string;
  readonly name: string | undefined;
  readonly text: string;
  rows: TextRow[] = [];
  /** Set by pg to what it is called with, and called once. */
  callback: Done | undefined;
  readonly #bound: Buffer;

  /** With `hasName`, the server plans it once for each connection. */
  constructor(
    { title, name, text }: Pick<Statement<never>, 'title' | 'name' | 'text'>,
    values: unknown[],
    hasName: boolean,
  ) {
    this.title = title;
    this.name = hasName ? name : undefined;
    this.text = text;
    this.#bound = serialize.bind({
      statement: this.name ?? '',
      values,
      valueMapper: prepareValue,
    });
  }

  submit(connection: Connection): void {
    const { name = '', text } = this;
    const { stream, parsedStatements } = connection as PreparedConnection;
    this.rows = [];
    const messages = [this.#bound, executeAndSync];
    if (parsedStatements[name] === undefined) messages.unshift(serialize.parse({ name, text }));
    stream.write(Buffer.concat(messages));
  }

  handleDataRow({ fields }: { readonly fields: TextRow }): void {
    this.rows.push(fields);
  }

  handleReadyForQuery(): void {
    this.#end(undefined);
  }

  handleError(error: Error): void {
    this.#end(error);
  }

  #end(error: Error | undefined): void {
    const { callback } = this;
    this.callback = undefined;
    callback?.(error, this);
  }

  // pg calls these as well: what they tell is not needed, or never comes.
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
