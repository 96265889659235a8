import {
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type OperationTypeNode,
} from 'graphql';
import { schema } from '../../src/schema/schema.ts';

/**
 * A place in the arguments of a root field, or of a field below it, that takes one value: `input.id`, or
 * `representations.BadgeGroup.id`, or `history.after`.
 */
export interface Place {
  readonly key: string;
  /** Its last name. */
  readonly name: string;
  /** The name of its type, without lists and `!`. */
  readonly type: string;
  readonly required: boolean;
  /** Whether it says by a default how long a list is: with all there is below, that may be too much. */
  readonly isLength: boolean;
}

export type Values = (place: Place) => unknown;

/** An operation of one root field that selects everything there is below it. */
export class RootOperation {
  readonly kind: OperationTypeNode;
  readonly name: string;
  readonly #field: RootField;
  /** With the names of their fields before their own. */
  readonly #argumentsBelow: readonly Argument[];

  constructor(kind: OperationTypeNode, field: RootField) {
    this.kind = kind;
    this.name = field.name;
    this.#field = field;
    this.#argumentsBelow = kind === 'query' ? findArgumentsBelow(field.type) : [];
  }

  get places(): Place[] {
    return [...this.#field.args, ...this.#argumentsBelow].flatMap((argument) =>
      findPlaces(argument.type, argument.name, argument),
    );
  }

  /** With values in the required places and the given ones; elsewhere nothing. */
  build(
    values: Values,
    places: readonly Place[] = [],
  ): { query: string; variables: Record<string, unknown> } {
    const { declarations, field, variables } = this.buildField(values, places);
    return { query: `${this.kind}${declarations} { ${field} }`, variables };
  }

  buildField(values: Values, places: readonly Place[] = []) {
    const given = new Set(places.map(({ key }) => key));
    const build = (args: readonly Argument[]) =>
      args
        .map(({ name, type, defaultValue }) => ({
          name,
          variable: name.replaceAll('.', '_'),
          type,
          value: buildValue(type, name, { defaultValue }, given, values),
        }))
        .filter(({ value }) => value !== undefined);
    const [own, below] = [build(this.#field.args), build(this.#argumentsBelow)];
    const all = [...own, ...below];
    const selection = select(this.#field.type, 4, (field) =>
      list(
        below
          .filter(({ name }) => name.startsWith(`${field}.`))
          .map(({ name, variable }) => `${name.slice(field.length + 1)}: $${variable}`),
      ),
    );
    return {
      declarations: list(all.map(({ variable, type }) => `$${variable}: ${type}`)),
      field: `${this.name}${list(own.map(({ name }) => `${name}: $${name}`))} ${selection}`,
      variables: Object.fromEntries(all.map(({ variable, value }) => [variable, value])),
    };
  }
}

/** One operation for each root field that needs credentials: all but `_service`. */
export const rootOperations: readonly RootOperation[] = (
  ['query', 'mutation', 'subscription'] as const
).flatMap((kind) =>
  Object.values(schema.getRootType(kind as OperationTypeNode)?.getFields() ?? {})
    .filter(({ name }) => name !== '_service')
    .map((field) => new RootOperation(kind as OperationTypeNode, field)),
);

const entityType = schema.getType('_Entity');
/** The names of the types that a gateway may refer to. */
export const entityNames = isUnionType(entityType) ? entityType.getTypes().map(({ name }) => name) : [];

type RootField = ReturnType<NonNullable<ReturnType<typeof schema.getQueryType>>['getFields']>[string];
type Argument = Pick<RootField['args'][number], 'name' | 'type' | 'defaultValue'>;
type Defaulted = { readonly defaultValue?: unknown };

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `(${items.join(', ')})`;
}

/** Those of the fields that objects of a type, or below it, have. */
function findArgumentsBelow(type: GraphQLOutputType, seen = new Set<string>()): Argument[] {
  const named = getNamedType(type);
  if (seen.has(named.name)) return [];
  seen.add(named.name);
  const members = isAbstractType(named) ? schema.getPossibleTypes(named) : [];
  const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
  return [
    ...members.flatMap((member) => findArgumentsBelow(member, seen)),
    ...fields.flatMap((field) => [
      ...field.args.map((argument) => ({ ...argument, name: `${field.name}.${argument.name}` })),
      ...findArgumentsBelow(field.type, seen),
    ]),
  ];
}

function findPlaces(type: GraphQLInputType, key: string, { defaultValue }: Defaulted): Place[] {
  const named = getNamedType(type);
  const required = isNonNullType(type) && defaultValue === undefined;
  if (named.name === '_Any') {
    const place = { name: 'id', type: 'ID', required: false, isLength: false };
    return entityNames.map((name) => ({ ...place, key: `${key}.${name}.id` }));
  }
  if (!isInputObjectType(named)) {
    const name = key.split('.').at(-1) as string;
    return [{ key, name, type: named.name, required, isLength: typeof defaultValue === 'number' }];
  }
  return Object.values(named.getFields()).flatMap((field) =>
    findPlaces(field.type, `${key}.${field.name}`, field),
  );
}

function buildValue(
  type: GraphQLInputType,
  key: string,
  defaulted: Defaulted,
  given: ReadonlySet<string>,
  values: Values,
): unknown {
  const named = getNamedType(type);
  const places = findPlaces(type, key, defaulted);
  if (named.name === '_Any') {
    return places
      .filter((place) => given.has(place.key))
      .map((place) => ({ __typename: place.key.split('.').at(-2), id: values(place) }));
  }
  const value = isInputObjectType(named)
    ? buildObject(Object.values(named.getFields()))
    : places.filter((place) => place.required || place.isLength || given.has(place.key)).map(values)[0];
  if (value === undefined) return isNonNullType(type) && isInputObjectType(named) ? {} : undefined;
  return isListType(isNonNullType(type) ? type.ofType : type) ? [value] : value;

  function buildObject(fields: { name: string; type: GraphQLInputType; defaultValue?: unknown }[]) {
    const entries = fields.map((field) => [
      field.name,
      buildValue(field.type, `${key}.${field.name}`, field, given, values),
    ]);
    const present = entries.filter(([, entry]) => entry !== undefined);
    return present.length === 0 ? undefined : Object.fromEntries(present);
  }
}

/** Everything of a type, so many levels deep, but fields that need arguments; others get what `writeArguments` writes. */
function select(type: GraphQLOutputType, depth: number, writeArguments: (field: string) => string): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  const fragments = isAbstractType(named)
    ? schema
        .getPossibleTypes(named)
        .map((member) => `... on ${member.name} ${select(member, depth, writeArguments)}`)
    : [];
  const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
  const selections = fields
    .filter((field) => field.args.every((argument) => !isNonNullType(argument.type)))
    .filter((field) => depth > 0 || isLeafType(getNamedType(field.type)))
    .map(({ name, type }) => `${name}${writeArguments(name)} ${select(type, depth - 1, writeArguments)}`);
  return `{ ${['__typename', ...selections, ...fragments].join(' ')} }`;
}

/** A value for a place of a type that means nothing to anybody. */
export function findNeutralValue({ type, name }: Place): unknown {
  const named = schema.getType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  const values: Record<string, unknown> = { Int: 10, Float: 1.5, Boolean: true, String: 'x', ID: 'x' };
  if (type in values) return values[type];
  throw new Error(`Say which value of ${type} fits "${name}".`);
}
