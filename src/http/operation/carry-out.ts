import {
  execute,
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
} from 'graphql';
import type { Context } from '../../schema/base/context.ts';
import type { PreparedOperation } from './prepare.ts';

/** What the top fields give, by their keys in the answer. */
export type Outcomes = ReadonlyMap<string, Promise<unknown>>;

/**
 * Begins the top fields as the executor does (GraphQL, section 6.2): those of a query at once, those of a mutation one
 * after the other, whatever became of the one before. Throws a GraphQLError, and begins nothing, where an argument
 * does not coerce.
 */
export function begin({ operation, plan, variables }: PreparedOperation, context: Context): Outcomes {
  const steps = plan.flatMap((step) => {
    if ('text' in step) return [];
    const { key, field } = step;
    const args = getArgumentValues(field, step.info.fieldNodes[0] as FieldNode, variables);
    const info = { ...step.info, variableValues: variables } as unknown as GraphQLResolveInfo;
    return [{ key, run: async () => await field.resolve?.(undefined, args, context, info) }];
  });
  const isSerial = operation.definition.operation === 'mutation';
  const outcomes = new Map<string, Promise<unknown>>();
  let previous: Promise<unknown> | undefined;
  for (const { key, run } of steps) {
    const outcome: Promise<unknown> = isSerial && previous ? previous.then(run, run) : run();
    // Whoever waits for it may have been answered by then.
    outcome.catch(() => {});
    outcomes.set(key, outcome);
    previous = outcome;
  }
  return outcomes;
}

/** Gives the answer as JSON; `replay` completes what cannot be written. Rejects where the answer has errors. */
export async function complete(
  prepared: PreparedOperation,
  begun: Context & { readonly outcomes: Outcomes },
  replay: GraphQLSchema,
): Promise<string> {
  const written = writeAnswer(prepared, await Promise.all(begun.outcomes.values()), begun);
  if (written !== undefined) return written;
  const { document, definition } = prepared.operation;
  const result = await execute({
    schema: replay,
    document,
    operationName: definition.name?.value,
    variableValues: prepared.given,
    contextValue: begun,
  });
  if (result.errors) throw result.errors[0];
  return JSON.stringify(result);
}

/** The answer as JSON, from what its top fields have given; undefined where it is the executor's to write. */
export function writeAnswer(
  { plan }: PreparedOperation,
  given: readonly unknown[],
  context: Context,
): string | undefined {
  let data = '';
  let next = 0;
  for (const step of plan) {
    const text = 'text' in step ? step.text : step.write?.(given[next++], context);
    if (text === undefined) return undefined;
    data += `${data === '' ? '' : ','}"${step.key}":${text}`;
  }
  return `{"data":{${data}}}`;
}
