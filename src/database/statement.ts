import { hash } from 'node:crypto';
import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';
import type { Database } from './tables.ts';

/** A row as Postgres writes it: its columns in the order of the statement, each as text. */
export type TextRow = readonly string[];

/** A statement that is compiled once, and that the server knows again by its name. */
export interface Statement<Values> {
  readonly name: string;
  /** What it does: one of a few, for metrics. */
  readonly title: string;
  readonly text: string;
  /** Whether it may change or lock rows: such a one waits for whatever a commit, or another writer, waits for. */
  readonly isWrite: boolean;
  /** Whether its answer does not tell what it costs, as a count's: who wants to know has to measure it. */
  readonly isMeasured: boolean;
  /** The values for `$1`, `$2` and so on. */
  bind(values: Values): unknown[];
}

/** The parameter of a statement for the value of that name. */
export type Param<Values> = <Name extends keyof Values & string>(
  name: Name,
) => RawBuilder<NonNullable<Values[Name]>>;

/** Stands for a value, by its name, until the statement is run. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const compiler = new Kysely<Database>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/**
 * Compiles a statement in which `param('name')` stands for the value of that name. Its own name, which traces and
 * `pg_prepared_statements` show, begins with `title`; no two texts have the same.
 */
export function prepare<Values extends object>(
  title: string,
  build: (db: Kysely<Database>, param: Param<Values>) => Compilable,
  { isMeasured = false } = {},
): Statement<Values> {
  const { sql: text, parameters } = build(compiler, (name) => sql`${new Placeholder(name)}`).compile();
  return {
    title,
    name: `${title}_${hash('sha256', text).slice(0, 12)}`,
    text,
    // Read off the text, so that none can be forgotten. Names in it stand in quotes, and values are placeholders.
    isWrite: /\b(?:insert|update|delete|merge)\b/.test(text.replaceAll(/"[^"]*"/g, '')),
    isMeasured,
    bind: (values) =>
      parameters.map((parameter) =>
        parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
      ),
  };
}
