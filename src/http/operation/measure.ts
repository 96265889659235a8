import {
  type FieldNode,
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
import { createFieldCollector, type Variables } from './collect-fields.ts';
import { addUp, type Cost, findLargest, inRounds, nothing, once, type Term } from './cost.ts';
import { findField, isIntrospection, resolveIntrospection } from './introspection.ts';
import type { Operation } from './operation.ts';
import { createTooMuchError } from './refusal.ts';
import { combine, getCost, measureSize, type SelectedField, type Size } from './selected-field.ts';

/** What the field above tells: its value, in introspection, or how long a list right below it is. */
interface Parent {
  readonly value?: unknown;
  readonly list?: { readonly of: string; readonly size: Term<Size> };
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
 * Gives how to find the cost of the answer to a valid operation as the executor would make it: equal selections merged,
 * lists at full length, of a union the costliest member, introspection by the schema itself. `findCost` takes the coerced
 * variables of a request: these or, where nothing is introspected, others by which directives include the same fields.
 * `selections` is how many it is made of. Both functions throw a GraphQLError where an argument does not coerce, or is out
 * of range below the top; this one also where measuring would itself take too long.
 */
export function measureCost(
  operation: Operation,
  schema: GraphQLSchema,
  variables: Variables,
): { readonly findCost: (variables: Variables) => Cost; readonly selections: number } {
  const collectFields = createFieldCollector(operation, schema, variables, takeStep);
  const ids = new Map<unknown, number>();
  const shapes = new Map<string, readonly SelectedField[]>();
  const objects = new Map<string, Term<Cost>>();
  const sizes = new Map<string, Term<Size>>();
  const clock = { round: 0 };
  let steps = 0;

  const { operation: kind, selectionSet } = operation.definition;
  const root = schema.getRootType(kind) as GraphQLObjectType;
  const findCost = inRounds(clock, measureObject(root, [selectionSet], {}));
  return { findCost, selections: steps };

  function takeStep(): void {
    steps += 1;
    if (steps > maxSteps)
      throw createTooMuchError('The operation asks for too much to be measured: split it.');
  }

  function measureObject(
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
    parent: Parent,
  ): Term<Cost> {
    const { value, list } = parent;
    const length = typeof list?.size === 'function' ? list.size : list?.size.length;
    const shape = identify(type, ...selectionSets);
    const key = shape + identify(value, length);
    const known = objects.get(key);
    if (known !== undefined) return known;
    const fields = shapes.get(shape) ?? selectFields(type, selectionSets);
    shapes.set(shape, fields);
    const own = { ...nothing, objects: 1, bytes: '{}'.length };
    const cost = once(clock, addUp([own, ...fields.map((field) => measureField(field, parent))]));
    objects.set(key, cost);
    return cost;
  }

  function selectFields(
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
  ): readonly SelectedField[] {
    return Array.from(collectFields(type, selectionSets), ([key, nodes]) => {
      const [node] = nodes as [FieldNode];
      const field = findField(type, node.name.value);
      return {
        type,
        field,
        node,
        selectionSets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
        // All others are measured without their values, by arguments that may be known later.
        args: isIntrospection(type, field) ? getArgumentValues(field, node, variables) : undefined,
        keyBytes: key.length + '"":,'.length,
      };
    });
  }

  function identify(...parts: readonly unknown[]): string {
    let key = '';
    for (const part of parts) {
      let id = ids.get(part);
      if (id === undefined) {
        id = ids.size;
        ids.set(part, id);
      }
      key += `${id},`;
    }
    return key;
  }

  function measureField(selected: SelectedField, parent: Parent): Term<Cost> {
    const { type, field, selectionSets, args } = selected;
    if (args) {
      const value = resolveIntrospection(schema, type, field, args, parent.value);
      const own = { ...nothing, fields: 1, bytes: selected.keyBytes };
      return addUp([own, measureValue(field.type, value, selectionSets)]);
    }
    const { bytes, list } = getCost(field);
    const size = recallSize(selected);
    const below = list?.of === undefined ? {} : { list: { of: list.of, size } };
    const entry = measureType(getNamedType(field.type), selectionSets, below, bytes);
    const listSize = parent.list?.of === field.name ? parent.list.size : size;
    return combine(selected, { size, listSize, entry });
  }

  function recallSize(selected: SelectedField): Term<Size> {
    const { type, field, node } = selected;
    const key = identify(field, node);
    const known = sizes.get(key);
    if (known !== undefined) return known;
    const size = measureSize(selected, { isAtTop: type === root, clock, variables });
    sizes.set(key, size);
    return size;
  }

  function measureType(
    type: GraphQLNamedType,
    selectionSets: readonly SelectionSetNode[],
    parent: Parent,
    bytes: number = bytesByType[type.name] ?? bytesOfOthers,
  ): Term<Cost> {
    if (!isCompositeType(type)) return { ...nothing, bytes };
    const members = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
    return findLargest(members.map((member) => measureObject(member, selectionSets, parent)));
  }

  function measureValue(
    type: GraphQLOutputType,
    value: unknown,
    selectionSets: readonly SelectionSetNode[],
  ): Term<Cost> {
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
