import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../schema/base/context.ts';
import { findOperation, type Operation } from '../operation/operation.ts';

/** Runs within a span of its own, which is one of an error where `run` rejects or its result has failed. */
export type Trace = <Result>(
  operation: Operation | undefined,
  run: () => Promise<Result>,
  hasFailed?: (result: Result) => boolean,
) => Promise<Result>;

/** A span for each operation that Yoga has executed; what was begun elsewhere has its own. */
export function useTrace(trace: Trace): Plugin<Context> {
  return {
    onExecute({ executeFn, setExecuteFn, args: { document, operationName }, context: { outcomes } }) {
      if (outcomes) return;
      const operation = findOperation(document, operationName);
      setExecuteFn((args) => trace(operation, async () => await executeFn(args), hasErrors));
    },
  };
}

function hasErrors({ errors = [] }: ExecutionResult): boolean {
  return errors.length > 0;
}
