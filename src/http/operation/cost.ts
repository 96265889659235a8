import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { type FieldCost, getListLength, getWeight } from '../../schema/base/field-cost.ts';
import { createFieldCollector, type Variables } from './collect-fields.ts';
import { findField, isIntrospection, resolveIntrospection } from './introspection.ts';
import type { Operation } from './operation.ts';
import { createTooMuchError } from './refusal.ts';

/** What an answer holds at most. */
export interface Cost {
  readonly fields: number;
  /** That the fields are in. */
  readonly objects: number;
  /** Of its JSON in UTF-8. */
  readonly bytes: number;
}

/** Throws a GraphQLError where an argument of a field below the top is out of range with these variables. */
export type ArgumentCheck = (variables: Variables) => void;

export interface MeasuredCost extends Cost {
  /** Of all that was measured; for other variables of the same cost, too. */
  readonly checks: readonly ArgumentCheck[];
}

/** What the field above tells: its value, in introspection, or how long a list right below it is. */
interface Parent {
  readonly value?: unknown;
  readonly list?: { readonly of: string; readonly length: number };
}

/** Selections and values that are looked at; whoever needs more asks for more than any bound. */
const maxSteps = 30_000;

/** The longest values in JSON; a string without a bound of its own counts as the longest name. */
const bytesByType: Readonly<Record<string, number>> = {
  Int: 11,
  Float: 24,
  Boolean: 5,
  ID: 26,
  DateTime: 27,
};
const bytesOfOthers = 1_024;

/**
 * Measures the answer to a valid operation as the executor would make it: equal selections merged, lists at full
 * length, of a union the costliest member, introspection by the schema itself. Takes coerced variables.
 * Throws a GraphQLError where an argument does not coerce, and where the measuring itself would take too long.
 */
export function measureCost(operation: Operation, schema: GraphQLSchema, variables: Variables): MeasuredCost {
  const collectFields = createFieldCollector(operation, schema, variables, takeStep);
  const ids = new Map<unknown, number>();
  const measured = new Map<string, Cost>();
  const checks: ArgumentCheck[] = [];
  let steps = 0;

  const { operation: kind, selectionSet } = operation.definition;
  const root = schema.getRootType(kind) as GraphQLObjectType;
  return { ...measureObject(root, [selectionSet], {}), checks };

  function takeStep(): void {
    steps += 1;
    if (steps > maxSteps)
      throw createTooMuchError('The operation asks for too much to be measured: split it.');
  }

  function measureObject(
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
    parent: Parent,
  ): Cost {
    const key = [type, parent.value, parent.list?.length, ...selectionSets].map(identify).join();
    const known = measured.get(key);
    if (known !== undefined) return known;
    const fields = [...collectFields(type, selectionSets)].map(([name, nodes]) => {
      const field = measureField(type, nodes, parent);
      return { ...field, bytes: field.bytes + name.length + '"":,'.length };
    });
    const cost = addUp([...fields, { ...nothing, objects: 1, bytes: '{}'.length }]);
    measured.set(key, cost);
    return cost;
  }

  function identify(part: unknown): number {
    const id = ids.get(part) ?? ids.size;
    ids.set(part, id);
    return id;
  }

  function measureField(type: GraphQLObjectType, nodes: readonly FieldNode[], parent: Parent): Cost {
    const [node] = nodes as [FieldNode];
    const field = findField(type, node.name.value);
    const args = getArgumentValues(field, node, variables);
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isIntrospection(type, field)) {
      const value = resolveIntrospection(schema, type, field, args, parent.value);
      return addUp([measureValue(field.type, value, selectionSets), { ...nothing, fields: 1 }]);
    }
    const cost = (field.extensions['cost'] ?? {}) as FieldCost;
    const { bytes, list, check } = cost;
    if (check && type !== root) checks.push(bindCheck(check, field, node));
    const length = parent.list?.of === field.name ? parent.list.length : getListLength(list, args);
    const entry = measureType(
      getNamedType(field.type),
      selectionSets,
      list?.of === undefined ? {} : { list: { of: list.of, length } },
      bytes,
    );
    const count = isListType(getNullableType(field.type)) ? length : 1;
    return {
      fields: getWeight(cost, args) + length * (list?.weight ?? 0) + count * entry.fields,
      objects: count * entry.objects,
      bytes: '[]'.length + count * (entry.bytes + ','.length),
    };
  }

  function measureType(
    type: GraphQLNamedType,
    selectionSets: readonly SelectionSetNode[],
    parent: Parent,
    bytes: number = bytesByType[type.name] ?? bytesOfOthers,
  ): Cost {
    if (!isCompositeType(type)) return { ...nothing, bytes };
    const members = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
    return findLargest(members.map((member) => measureObject(member, selectionSets, parent)));
  }

  function measureValue(
    type: GraphQLOutputType,
    value: unknown,
    selectionSets: readonly SelectionSetNode[],
  ): Cost {
    takeStep();
    const nullable = getNullableType(type);
    if (isListType(nullable) && Array.isArray(value)) {
      const entries = value.map((entry) => measureValue(nullable.ofType, entry, selectionSets));
      return addUp([...entries, { ...nothing, bytes: '[]'.length + ','.length * value.length }]);
    }
    if (isObjectType(nullable) && value != null) return measureObject(nullable, selectionSets, { value });
    return { ...nothing, bytes: Buffer.byteLength(JSON.stringify(value ?? null)) };
  }
}

function bindCheck(
  check: NonNullable<FieldCost['check']>,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): ArgumentCheck {
  return (variables) => {
    const args = getArgumentValues(field, node, variables);
    try {
      check(args);
    } catch (error) {
      throw new GraphQLError((error as Error).message, { nodes: node });
    }
  };
}

const nothing: Cost = { fields: 0, objects: 0, bytes: 0 };

function addUp(costs: readonly Cost[]): Cost {
  let { fields, objects, bytes } = nothing;
  for (const cost of costs) {
    fields += cost.fields;
    objects += cost.objects;
    bytes += cost.bytes;
  }
  return { fields, objects, bytes };
}

function findLargest(costs: readonly Cost[]): Cost {
  return {
    fields: Math.max(...costs.map(({ fields }) => fields)),
    objects: Math.max(...costs.map(({ objects }) => objects)),
    bytes: Math.max(...costs.map(({ bytes }) => bytes)),
  };
}
