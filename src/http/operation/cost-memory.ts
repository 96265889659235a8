import type { Variables } from './collect-fields.ts';
import type { MeasuredCost } from './cost.ts';
import { findTopFields, type Operation } from './operation.ts';

/** Of one operation: as many lengths of a list, say. */
const maxCosts = 30;
const maxKeyLength = 100;

const costs = new WeakMap<Operation, Map<string, MeasuredCost>>();

/** The cost of an operation with such variables, measured where it has not been yet. */
export function recallCost(
  operation: Operation,
  variables: Variables,
  measure: () => MeasuredCost,
): MeasuredCost {
  const known = costs.get(operation) ?? startMemory(operation);
  if (known === undefined) return measure();
  const { variableDefinitions = [] } = operation.definition;
  const key = variableDefinitions.map(({ variable }) => abstract(variables[variable.name.value])).join();
  const cost = known.get(key) ?? measure();
  if (known.size < maxCosts && key.length <= maxKeyLength) known.set(key, cost);
  return cost;
}

/** None for introspection, whose answer depends on names, too. */
function startMemory(operation: Operation): Map<string, MeasuredCost> | undefined {
  if (findTopFields(operation).some((name) => name === '__schema' || name === '__type')) return undefined;
  const known = new Map<string, MeasuredCost>();
  costs.set(operation, known);
  return known;
}

/** All that counts of a variable: how long a list is, in an input object too, and what decides about a selection. */
function abstract(value: unknown): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  // Our inputs have no list that lies deeper; what gateways send may lie at any depth.
  if (isObject(value)) return Object.values(value).filter(Array.isArray).map(abstract).join('');
  return value == null || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '*';
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
