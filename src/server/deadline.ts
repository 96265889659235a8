import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Context, createUnavailableError } from '../graphql/context.ts';

const deadlineMs = 4_500;

/**
 * Answers every operation within 4.5 s, with SERVICE_UNAVAILABLE if need be: one statement that hangs is cut sooner,
 * but an operation may take many. Mutations that it has not begun by then are not begun at all.
 */
export function useDeadline(): Plugin<Context> {
  return {
    onExecute({ executeFn, setExecuteFn, args: { contextValue } }) {
      setExecuteFn(async (args) => {
        const { promise: late, resolve } = Promise.withResolvers<ExecutionResult>();
        const timer = setTimeout(() => {
          Object.assign(contextValue, { isLate: true } satisfies Partial<Context>);
          resolve({
            errors: [createUnavailableError('The operation took too long; its outcome is unknown.')],
          });
        }, deadlineMs);
        return await Promise.race([executeFn(args), late]).finally(() => clearTimeout(timer));
      });
    },
  };
}
