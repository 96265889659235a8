import {
  type ArgumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  getArgumentValues,
  getNullableType,
  isListType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { type FieldCost, getListLength, getWeight } from '../../schema/base/field-cost.ts';
import type { Variables } from './collect-fields.ts';
import { type Clock, type Cost, evaluate, once, type Term } from './cost.ts';
import type { Field } from './introspection.ts';

/** A field of an object, with all the selections of it there. */
export interface SelectedField {
  readonly type: GraphQLObjectType;
  readonly field: Field;
  /** The first that selects it: all have the same arguments. */
  readonly node: FieldNode;
  readonly selectionSets: readonly SelectionSetNode[];
  /** Of introspection's own fields alone: what they answer is measured itself. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
  /** What its key takes in the answer. */
  readonly keyBytes: number;
}

/** What the arguments of a field say of it. */
export interface Size {
  /** Of a list: the field itself, or the one right below it. */
  readonly length: number;
  readonly weight: number;
}

export function getCost(field: Field): FieldCost {
  return field.extensions['cost'] ?? {};
}

/** The size of a field: to be found for each request where its arguments have variables, else found at once. */
export function measureSize(
  { field, node }: SelectedField,
  { isAtTop, clock, variables }: { isAtTop: boolean; clock: Clock; variables: Variables },
): Term<Size> {
  const { list, check, ...cost } = getCost(field);
  const read = (given: Variables): Size => {
    const args = getArgumentValues(field, node, given);
    try {
      if (!isAtTop) check?.(args);
    } catch (error) {
      throw new GraphQLError((error as Error).message, { nodes: node });
    }
    return { length: getListLength(list, args), weight: getWeight(cost, args) };
  };
  return node.arguments?.some(hasVariable) ? once(clock, read) : read(variables);
}

/** The cost of a field from that of one entry; `listSize` says how long it is, where it is a list, and `size` all else. */
export function combine(
  { field, keyBytes }: SelectedField,
  { size, listSize, entry }: { size: Term<Size>; listSize: Term<Size>; entry: Term<Cost> },
): Term<Cost> {
  const { list } = getCost(field);
  const isList = isListType(getNullableType(field.type));
  const multiply = ({ weight }: Size, { length }: Size, each: Cost): Cost => {
    const count = isList ? length : 1;
    return {
      fields: weight + length * (list?.weight ?? 0) + count * each.fields,
      objects: count * each.objects,
      bytes: keyBytes + '[]'.length + count * (each.bytes + ','.length),
    };
  };
  if (typeof size === 'function' || typeof listSize === 'function' || typeof entry === 'function') {
    return (variables) =>
      multiply(evaluate(size, variables), evaluate(listSize, variables), evaluate(entry, variables));
  }
  return multiply(size, listSize, entry);
}

/** Whether the value of an argument is a variable, or has one in it. */
function hasVariable({ value }: Pick<ArgumentNode, 'value'>): boolean {
  const isOne = (node: ValueNode): boolean => {
    if (node.kind === Kind.LIST) return node.values.some(isOne);
    if (node.kind === Kind.OBJECT) return node.fields.some(hasVariable);
    return node.kind === Kind.VARIABLE;
  };
  return isOne(value);
}
