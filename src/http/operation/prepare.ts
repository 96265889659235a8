import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { Caller } from '../../auth/caller.ts';
import type { Context } from '../../schema/base/context.ts';
import { recallChoice, rememberChoice } from './choices.ts';
import type { Variables } from './collect-fields.ts';
import type { Cost } from './cost.ts';
import type { DocumentCache } from './document-cache.ts';
import { type Holding, hold } from './holding.ts';
import { checkCost, checkShape, coerceVariables } from './limits.ts';
import { measureCost } from './measure.ts';
import { findOperation, type Operation } from './operation.ts';
import { makePlan, type Plan } from './plan.ts';
import { createCoercionError } from './refusal.ts';

/** What the answer to an operation has at most. */
export type Measured = Pick<Cost, 'fields' | 'objects'>;

/** An operation that may be begun, with the variables of one request. */
export interface PreparedOperation extends Measured {
  readonly operation: Operation;
  readonly plan: Plan;
  /** As they were given. */
  readonly given: Variables;
  readonly variables: Variables;
}

/**
 * Finds what Yoga has prepared of an operation, for a well-formed request that is to carry it out; undefined where that
 * is nothing. Throws a GraphQLError where it asks for too much or its variables do not coerce.
 */
export function recallOperation(
  { query, operationName, variables }: GraphQLParams,
  { schema, documents, caller }: { schema: GraphQLSchema; documents: DocumentCache; caller: Caller },
): PreparedOperation | undefined {
  const operation = findOperation(documents.get(query as string), operationName);
  if (operation === undefined || operation.readsSchema) return undefined;
  const given = variables ?? {};
  const coerced = coerceVariables(operation, schema, given);
  const choice = recallChoice(operation, coerced);
  if (choice === undefined) return undefined;
  const { fields, objects } = findCostWithin(choice.findCost, coerced, caller);
  return { operation, plan: choice.plan, given, variables: coerced, fields, objects };
}

/** Refuses a valid operation that asks for too much, and prepares a caller's for the next time, where it is not yet. */
export function usePreparation(schema: GraphQLSchema): Plugin<Context & Holding> {
  return {
    onExecute({ args: { document, operationName, variableValues }, context }) {
      const operation = findOperation(document, operationName);
      // What has been begun was within its limits.
      if (operation === undefined || context.outcomes) return;
      const measured = hold(context, () => prepare(operation, schema, variableValues ?? {}, context.caller));
      Object.assign(context, measured);
    },
  };
}

/**
 * Throws where a valid operation asks for too much, for the first variables that do not coerce, and for an argument that
 * does not.
 */
function prepare(
  operation: Operation,
  schema: GraphQLSchema,
  given: Variables,
  caller: Caller | undefined,
): Measured {
  checkShape(operation);
  const variables = coerceVariables(operation, schema, given);
  const known = recallChoice(operation, variables);
  const { findCost, selections } = known ?? asCoercion(() => measureCost(operation, schema, variables));
  const { fields, objects } = findCostWithin(findCost, variables, caller);
  if (!known && caller && !operation.readsSchema) {
    const planned = makePlan(operation, schema, variables);
    rememberChoice(operation, variables, {
      findCost,
      plan: planned.plan,
      selections: selections + planned.selections,
    });
  }
  return { fields, objects };
}

function findCostWithin(
  findCost: (variables: Variables) => Cost,
  variables: Variables,
  caller: Caller | undefined,
): Measured {
  const cost = asCoercion(() => findCost(variables));
  checkCost(cost, caller);
  return cost;
}

/** What a run throws of arguments that do not fit. */
function asCoercion<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const isCoercion = error instanceof GraphQLError && !error.extensions['code'];
    throw isCoercion ? createCoercionError(error) : error;
  }
}
