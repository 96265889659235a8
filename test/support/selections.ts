import {
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { schema } from '../../src/schema/schema.ts';

/** Names that JavaScript's objects have for themselves. */
const oddAliases: Readonly<Record<string, string>> = {
  name: '__proto__',
  rank: 'constructor',
  id: 'toString',
};

const composites = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLCompositeType => isCompositeType(type) && !isIntrospectionType(type),
);

/**
 * Writes valid selections of every shape: aliases, equal fields that merge, fragments of both kinds on every type that
 * may apply, `@skip` and `@include` by literals and by the variables `$b0` to `$b3`. `choose` gives a number below its
 * argument.
 */
export class SelectionWriter {
  /** What has been declared of its own variables. */
  readonly declarations = new Map<string, string>();
  readonly fragments: string[] = [];
  readonly #fragmentsByType = new Map<string, string[]>();
  readonly #choose: (count: number) => number;
  /** Entries and directives that may still be written: longer documents are not remembered. */
  #left = 28;

  constructor(choose: (count: number) => number) {
    this.#choose = choose;
  }

  /** One or more of what `writeItem` writes, in fragments on `type` and with directives here and there. */
  writeSelection(type: GraphQLCompositeType, depth: number, writeItem: () => string): string {
    const items = Array.from({ length: 1 + this.#choose(4) }, () => this.#writeEntry(type, depth, writeItem));
    return `{ ${items.join(' ')} }`;
  }

  /** Of what a field of this type has below it; '' where that is nothing. */
  writeBelow(type: GraphQLOutputType, depth = 0): string {
    const named: GraphQLNamedType = getNamedType(type);
    return isCompositeType(named) ? this.#writeObject(named, depth) : '';
  }

  #writeObject(type: GraphQLCompositeType, depth: number): string {
    if (this.#left <= 0) return '{ __typename }';
    return this.writeSelection(type, depth, () => this.#writeField(type, depth));
  }

  #writeEntry(type: GraphQLCompositeType, depth: number, writeItem: () => string): string {
    this.#left -= 1;
    const kind = depth > 6 || this.#left <= 0 ? 3 : this.#choose(8);
    if (kind > 2) return writeItem();
    const condition = this.#pick(findOverlapping(type));
    const write = () =>
      condition === type
        ? this.writeSelection(type, depth + 2, writeItem)
        : this.#writeObject(condition, depth + 2);
    if (kind === 0)
      return `... ${this.#writeDirectives()} ${this.writeSelection(type, depth + 2, writeItem)}`;
    if (kind === 1) return `... on ${condition.name} ${this.#writeDirectives()} ${write()}`;
    // Not of the top: what an item of it is there depends on more than its type.
    if (type === schema.getQueryType() || type === schema.getMutationType()) return writeItem();
    return `...${this.#findFragment(condition, write)} ${this.#writeDirectives()}`;
  }

  #findFragment(condition: GraphQLCompositeType, write: () => string): string {
    const known = this.#fragmentsByType.get(condition.name) ?? [];
    this.#fragmentsByType.set(condition.name, known);
    if (known.length > 0 && this.#choose(2) === 0) return this.#pick(known);
    // Known only when it is written, so that none is within itself.
    const text = write();
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${condition.name} ${text}`);
    known.push(name);
    return name;
  }

  #writeField(type: GraphQLCompositeType, depth: number): string {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const fitting = fields.filter((field) => depth <= 6 || isLeafType(getNamedType(field.type)));
    const name = this.#choose(6) === 0 ? '__typename' : (this.#pick(fitting)?.name ?? '__typename');
    const field = fields.find((each) => each.name === name);
    const alias = this.#pick(['', '', `a_${name}: `, oddAliases[name] ? `${oddAliases[name]}: ` : '']);
    const below = field ? this.writeBelow(field.type, depth + 1) : '';
    return `${alias}${name} ${this.#writeDirectives()} ${below}`;
  }

  #writeDirectives(): string {
    switch (this.#left > 0 ? this.#choose(8) : -1) {
      case 0:
        return `@include(if: ${this.#writeCondition()})`;
      case 1:
        return `@skip(if: ${this.#writeCondition()})`;
      case 2:
        return `@skip(if: ${this.#writeCondition()}) @include(if: ${this.#writeCondition()})`;
      default:
        return '';
    }
  }

  #writeCondition(): string {
    this.#left -= 1;
    if (this.#choose(2) === 0) return this.#pick(['true', 'false']);
    const name = `b${this.#choose(4)}`;
    const declared = this.#pick(['Boolean!', 'Boolean! = true', 'Boolean = false']);
    if (!this.declarations.has(name)) this.declarations.set(name, `$${name}: ${declared}`);
    return `$${name}`;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#choose(Math.max(1, items.length))] as T;
  }
}

/** Types of which a value of `type` may be one, itself among them. */
function findOverlapping(type: GraphQLCompositeType): GraphQLCompositeType[] {
  const members = findMembers(type);
  return composites.filter((other) => findMembers(other).some((member) => members.includes(member)));
}

function findMembers(type: GraphQLCompositeType): readonly GraphQLNamedType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];
}
