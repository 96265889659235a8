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

/** A place in the arguments of a root field that takes one value: `input.id`, or `representations.BadgeGroup.id`. */
export interface Place {
  readonly key: string;
  /** Its last name. */
  readonly name: string;
  /** The name of its type, without lists and `!`. */
  readonly type: string;
  readonly required: boolean;
}

export type Values = (place: Place) => unknown;

/** An operation of one root field that selects everything there is below it. */
export class RootOperation {
  readonly kind: OperationTypeNode;
  readonly name: string;
  readonly #field: RootField;

  constructor(kind: OperationTypeNode, field: RootField) {
    this.kind = kind;
    this.name = field.name;
    this.#field = field;
  }

  get places(): Place[] {
    return this.#field.args.flatMap((argument) => findPlaces(argument.type, argument.name, argument));
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
    const built = this.#field.args
      .map((argument) => ({
        argument,
        value: buildValue(argument.type, argument.name, argument, given, values),
      }))
      .filter(({ value }) => value !== undefined);
    const list = (write: (argument: Argument) => string) =>
      built.length === 0 ? '' : `(${built.map(({ argument }) => write(argument)).join(', ')})`;
    return {
      declarations: list(({ name, type }) => `$${name}: ${type}`),
      field: `${this.name}${list(({ name }) => `${name}: $${name}`)} ${select(this.#field.type, 4)}`,
      variables: Object.fromEntries(built.map(({ argument, value }) => [argument.name, value])),
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
type Argument = RootField['args'][number];
type Defaulted = { readonly defaultValue?: unknown };

function findPlaces(type: GraphQLInputType, key: string, { defaultValue }: Defaulted): Place[] {
  const named = getNamedType(type);
  const required = isNonNullType(type) && defaultValue === undefined;
  if (named.name === '_Any') {
    return entityNames.map((name) => ({ key: `${key}.${name}.id`, name: 'id', type: 'ID', required: false }));
  }
  if (!isInputObjectType(named)) {
    return [{ key, name: key.split('.').at(-1) as string, type: named.name, required }];
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
    : places.filter((place) => place.required || given.has(place.key)).map(values)[0];
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

/** Everything of a type, so many levels deep, but fields that need arguments. */
function select(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  const fragments = isAbstractType(named)
    ? schema.getPossibleTypes(named).map((member) => `... on ${member.name} ${select(member, depth)}`)
    : [];
  const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
  const selections = fields
    .filter((field) => field.args.every((argument) => !isNonNullType(argument.type)))
    .filter((field) => depth > 0 || isLeafType(getNamedType(field.type)))
    .map((field) => `${field.name} ${select(field.type, depth - 1)}`);
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
