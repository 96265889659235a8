import type { GraphQLSchema } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import type { Caller } from '../../auth/caller.ts';
import type { Variables } from './collect-fields.ts';
import type { DocumentCache } from './document-cache.ts';
import { checkOperation, type Measured } from './limits.ts';
import { findOperation, type Operation } from './operation.ts';
import { findPlan, type Plan } from './plan.ts';

/** An operation that may be begun, with the variables of one request. */
export interface PreparedOperation extends Measured {
  readonly operation: Operation;
  readonly plan: Plan;
  /** As they were given. */
  readonly given: Variables;
  readonly variables: Variables;
}

/**
 * Finds what is known of an operation, for a well-formed request that is to carry it out; undefined where nothing is.
 * Throws a GraphQLError where it asks for too much or its variables do not coerce.
 */
export function prepare(
  { query, operationName, variables }: GraphQLParams,
  { schema, documents, caller }: { schema: GraphQLSchema; documents: DocumentCache; caller: Caller },
): PreparedOperation | undefined {
  const operation = findOperation(documents.get(query as string), operationName);
  if (operation === undefined) return undefined;
  const given = variables ?? {};
  const checked = checkOperation(operation, schema, given, caller);
  const plan = findPlan(operation, schema, checked.variables);
  return plan && { ...checked, operation, plan, given };
}
