import type { Client } from 'pg';

/** A node of Postgres' own analysis of a statement: `{TYPE :field value …}`. */
export class TreeNode {
  readonly type: string;
  readonly fields = new Map<string, readonly Value[]>();

  constructor(type: string) {
    this.type = type;
  }

  /** The nodes of one field. */
  get(field: string): TreeNode[] {
    return (this.fields.get(field) ?? []).flat(2).filter((value) => value instanceof TreeNode);
  }

  number(field: string): number {
    return Number(this.fields.get(field)?.[0]);
  }

  /** This node and all below it. */
  walk(): TreeNode[] {
    return [
      this,
      ...[...this.fields.keys()].flatMap((field) => this.get(field)).flatMap((node) => node.walk()),
    ];
  }
}

type Value = string | TreeNode | readonly Value[];

/** Has Postgres analyse a statement as the body of a function, and gives what it has made of it. */
export async function analyse(client: Client, statement: string): Promise<TreeNode[]> {
  await client.query(`prepare analysed as ${statement}`);
  const { rows } = await client.query<{ types: string }>(
    `select array_to_string(parameter_types, ', ') as types from pg_prepared_statements where name = 'analysed'`,
  );
  await client.query('deallocate analysed');
  await client.query('begin');
  await client.query(
    `create function analysed (${rows[0]?.types}) returns void language sql begin atomic ${statement}; end`,
  );
  const { rows: bodies } = await client.query<{ body: string }>(
    `select prosqlbody::text as body from pg_proc where proname = 'analysed'`,
  );
  await client.query('rollback');
  return parse(bodies[0]?.body ?? '');
}

function parse(text: string): TreeNode[] {
  const tokens = text.match(/[{}()]|(?:\\.|[^\s{}()\\])+/gs) ?? [];
  let at = 0;

  function readValues(isEnd: (token: string) => boolean): Value[] {
    const values: Value[] = [];
    while (at < tokens.length && !isEnd(tokens[at] as string)) values.push(readValue());
    return values;
  }

  function readValue(): Value {
    const token = tokens[at++] as string;
    if (token === '(') {
      const list = readValues((next) => next === ')');
      at += 1;
      return list;
    }
    if (token !== '{') return token;
    const node = new TreeNode(tokens[at++] as string);
    while (tokens[at] !== '}') {
      const field = (tokens[at++] as string).slice(1);
      node.fields.set(
        field,
        readValues((next) => next === '}' || /^:[a-z]/i.test(next)),
      );
    }
    at += 1;
    return node;
  }

  const isNode = (value: Value): value is TreeNode => value instanceof TreeNode;
  return readValues(() => false)
    .flat(3)
    .filter(isNode);
}
