import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isIntrospectionType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';

/** A field, whatever its parent and context are. */
export type Field = GraphQLField<unknown, unknown>;

const metaFields = new Map<string, Field>(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);

/** The field of a type, be it one of introspection's own. Throws when there is none: a valid operation has no such. */
export function findField(type: GraphQLObjectType, name: string): Field {
  const field = metaFields.get(name) ?? type.getFields()[name];
  if (field === undefined) throw new Error(`${type.name} has no field ${name}.`);
  return field;
}

export function isIntrospection(type: GraphQLObjectType, field: Field): boolean {
  return isIntrospectionType(type) || metaFields.has(field.name);
}

/** What introspection answers here: it needs the schema alone. */
export function resolveIntrospection(
  schema: GraphQLSchema,
  parentType: GraphQLObjectType,
  field: Field,
  args: Readonly<Record<string, unknown>>,
  parent: unknown,
): unknown {
  return field.resolve?.(parent, args, undefined, { schema, parentType } as GraphQLResolveInfo);
}
