import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';
import { schema } from '../../src/schema/schema.ts';

export interface Params {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

/** Texts of every kind: names, markup, halves of pairs, controls. */
const anyText = fc.oneof(
  fc.constantFrom(
    '',
    'Gold',
    'id',
    '\u0000',
    '\ud800',
    '💥',
    '__proto__',
    'constructor',
    '-1',
    '1e999',
    "'; drop table badge_group; --",
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const anyNumber = fc.oneof(fc.constantFrom(0, -1, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, 0.5), fc.integer());
const anyValue = fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }));

/** Documents made from the schema with values that mostly fit, as whole requests. */
export const validParams: fc.Arbitrary<Params> = fc
  .tuple(
    fc.constantFrom(...(['query', 'mutation'] as const)),
    fc.array(fc.nat(), { minLength: 10, maxLength: 40 }),
    fc.constantFrom(0, 0, 0, 0.1, 0.3),
    fc.boolean(),
  )
  .chain(([kind, choices, wrongness, named]) =>
    fc.infiniteStream(anyValue).map((stream) => {
      const writer = new DocumentWriter(choices, wrongness, () => stream.next().value);
      const selection = writer.writeOperation(kind);
      const { declarations, variables } = writer;
      const name = named ? 'Fuzz' : '';
      const list = declarations.length > 0 ? `(${declarations.join(', ')})` : '';
      const query = list || name || kind === 'mutation' ? `${kind} ${name}${list} ${selection}` : selection;
      return { query, variables, ...(named && { operationName: 'Fuzz' }) };
    }),
  );

/** The same, with pieces cut out, doubled or put in. */
export const brokenParams: fc.Arbitrary<unknown> = fc
  .tuple(
    validParams,
    fc.array(
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(12), put: brokenPiece() }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    fc.oneof(
      fc.constant({}),
      fc.record(
        { variables: anyValue, operationName: anyValue, extensions: anyValue, query: anyValue },
        { requiredKeys: [] },
      ),
    ),
  )
  .map(([params, edits, others]) => {
    let { query } = params;
    for (const { at, cut, put } of edits) {
      const start = Math.floor(at * query.length);
      query = query.slice(0, start) + put + query.slice(start + cut);
    }
    return { ...params, query, ...others };
  });

function brokenPiece(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '"',
      '"""',
      '$',
      '@',
      '...',
      ':',
      '!',
      '[',
      ']',
      '#',
      '\\u',
      '\ufeff',
      '@skip(if: $x)',
      '@defer',
      '@stream',
      '... on BadgeGroup { id }',
      '...Missing',
      '__schema { types { name } }',
      '__type(name: "X") { name }',
      'subscription',
      'type X { a: Int }',
      'fragment F on Query { ...F }',
      '_service { sdl }',
    ),
    anyText,
  );
}

/** Writes one operation; every choice comes from a list of numbers, so that a run can be repeated and shrunk. */
class DocumentWriter {
  readonly declarations: string[] = [];
  readonly variables: Record<string, unknown> = {};
  readonly #choices: readonly number[];
  readonly #wrongness: number;
  readonly #nextValue: () => unknown;
  #index = 0;

  constructor(choices: readonly number[], wrongness: number, nextValue: () => unknown) {
    this.#choices = choices;
    this.#wrongness = wrongness;
    this.#nextValue = nextValue;
  }

  writeOperation(kind: 'query' | 'mutation'): string {
    const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    return this.#writeSelection(type as GraphQLNamedType, 0);
  }

  #writeSelection(type: GraphQLNamedType, depth: number): string {
    if (isUnionType(type)) {
      const members = this.#pickSome(type.getTypes());
      return `{ __typename ${members.map((member) => `... on ${member.name} ${this.#writeSelection(member, depth + 1)}`).join(' ')} }`;
    }
    if (!('getFields' in type)) return '';
    const fields = this.#pickSome(Object.values(type.getFields()));
    const written = fields.map((field, index) => {
      const args = 'args' in field ? this.#writeArguments(field.args) : '';
      const named = getNamedType(field.type);
      if (depth > 6 && isCompositeType(named)) return '__typename';
      const selection = isCompositeType(named) ? this.#writeSelection(named, depth + 1) : '';
      const alias = this.#choose(3) === 0 || 'args' in field ? `a${depth}${index}: ` : '';
      return `${alias}${field.name}${args} ${selection}`;
    });
    return `{ ${['__typename', ...written].join(' ')} }`;
  }

  #writeArguments(args: readonly GraphQLArgument[]): string {
    const given = args.filter((arg) => isRequiredArgument(arg) || this.#choose(2) === 0);
    if (given.length === 0) return '';
    return `(${given.map((arg) => `${arg.name}: ${this.#writeValue(arg)}`).join(', ')})`;
  }

  /** A variable of the argument's own type. */
  #writeValue({ type }: GraphQLArgument): string {
    const name = `v${this.declarations.length}`;
    this.declarations.push(`$${name}: ${type}`);
    this.variables[name] = this.#makeValue(type);
    return `$${name}`;
  }

  #makeValue(type: GraphQLInputType): unknown {
    if (this.#choose(100) < this.#wrongness * 100) return this.#nextValue();
    if (isNonNullType(type)) return this.#makeValue(type.ofType);
    if (isListType(type)) return Array.from({ length: this.#choose(4) }, () => this.#makeValue(type.ofType));
    if (isInputObjectType(type)) {
      const fields: GraphQLInputField[] = Object.values(type.getFields());
      const given = fields.filter((field) => isRequiredInputField(field) || this.#choose(3) > 0);
      return Object.fromEntries(given.map((field) => [field.name, this.#makeValue(field.type)]));
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    return isLeafType(type) ? this.#makeLeaf(type.name) : null;
  }

  #makeLeaf(name: string): unknown {
    switch (name) {
      case 'Int':
        return this.#pick([0, 1, 2, 1000, 1001, -1, 2 ** 31 - 1, -(2 ** 31)]);
      case 'Float':
        return this.#pick([0, 1768984490.856013, -1, 1e300]);
      case 'Boolean':
        return this.#choose(2) === 0;
      case '_Any':
        return this.#pick([
          { __typename: 'BadgeGroup', id: '69708faa0772ad476ecf8511' },
          { __typename: 'BadgeGroup', id: this.#nextValue() },
          { __typename: 'Nothing' },
          { __typename: this.#nextValue() },
          this.#nextValue(),
        ]);
      default:
        return this.#pick(['69708faa0772ad476ecf8511', 'Gold', String(this.#nextValue())]);
    }
  }

  #pickSome<T>(items: readonly T[]): T[] {
    return items.filter(() => this.#choose(3) === 0);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#choose(items.length)] as T;
  }

  #choose(count: number): number {
    const choice = this.#choices[this.#index % this.#choices.length] ?? 0;
    // Another number each time round.
    const round = Math.floor(this.#index / this.#choices.length);
    this.#index += 1;
    return (choice + round * 7) % count;
  }
}
