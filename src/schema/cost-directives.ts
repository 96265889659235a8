import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  assertObjectType,
  type GraphQLFieldConfig,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isLeafType,
} from 'graphql';
import type { FieldCost } from './base/field-cost.ts';

/**
 * The same schema, whose fields tell gateways by `@cost` and `@listSize` (Apollo Federation 2.9) what they count for
 * and how long they are: the numbers by which the service itself bounds what is asked for.
 */
export function tellCosts(schema: GraphQLSchema): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, fieldName, typeName) => {
      if (isOfInterface(schema, typeName, fieldName)) return field;
      const { directives, ...extensions } = field.extensions ?? {};
      const told = { ...(directives as object), ...tellCost(field) };
      return { ...field, extensions: { ...extensions, directives: told } };
    },
  });
}

/** Federation allows no costs on the fields of interfaces; so on those of objects that come from there, neither. */
function isOfInterface(schema: GraphQLSchema, typeName: string, fieldName: string): boolean {
  const type = assertObjectType(schema.getType(typeName));
  return type.getInterfaces().some((each) => fieldName in each.getFields());
}

function tellCost({ type, args = {}, extensions }: GraphQLFieldConfig<unknown, unknown>): object {
  const { weight = 1, list } = (extensions?.['cost'] ?? {}) as FieldCost;
  // Where nothing is said, gateways count an object once and a leaf not at all.
  const assumed = isLeafType(getNamedType(type)) ? 0 : 1;
  const isTold = list !== undefined && !list.arguments.some((path) => path.includes('.'));
  // Where an argument has a default, that says it, and nothing else may.
  const hasDefault = list?.arguments.some((name) => args[name]?.defaultValue !== undefined);
  // Federation takes numbers alone. Of a list that is as long as one of its arguments, gateways know the longest.
  const slicingArguments = list?.arguments.filter((name) => isLeafType(getNullableType(args[name]?.type)));
  return {
    ...(weight !== assumed && { cost: { weight } }),
    ...(isTold && {
      listSize: {
        ...(!hasDefault && { assumedSize: list.assumed }),
        ...(slicingArguments?.length && { slicingArguments, requireOneSlicingArgument: false }),
        ...(list.of !== undefined && { sizedFields: [list.of] }),
      },
    }),
  };
}
