import { getVariableValues, parse } from 'graphql';
import type { Cost } from '../../src/http/operation/cost.ts';
import { measureCost } from '../../src/http/operation/measure.ts';
import { findOperation, type Operation } from '../../src/http/operation/operation.ts';
import { schema } from '../../src/schema/schema.ts';
import type { Params } from './documents.ts';

/** What the service takes a document of one operation to cost, be it more than its bounds allow. */
export function measure({ query, variables = {} }: Params): Cost {
  const operation = findOperation(parse(query), undefined) as Operation;
  const given = variables as Record<string, unknown>;
  const { coerced } = getVariableValues(schema, operation.definition.variableDefinitions ?? [], given);
  if (!coerced) throw new Error('Its variables do not fit.');
  return measureCost(operation, schema, coerced).findCost(coerced);
}
