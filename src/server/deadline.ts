import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Context, createUnavailableError } from '../graphql/context.ts';

const deadlineMs = 4_500;

/**
 * Answers every operation within 4.5 s, with SERVICE_UNAVAILABLE if need be: one statement that hangs is cut sooner,
 * but an operation may take many. Mutations that it has not begun by then are not begun at all.
 * Takes the place of the last plugin, so that the look-up of credentials counts, too.
 */
export function useDeadline(): Plugin<Context> {
  return {
    onParams({ context, paramsHandler, setParamsHandler }) {
      setParamsHandler(async (payload) => {
        const { promise: late, resolve } = Promise.withResolvers<ExecutionResult>();
        const deadline = new AbortController();
        Object.assign(context, { deadline: deadline.signal } satisfies Partial<Context>);
        const timer = setTimeout(() => {
          deadline.abort();
          resolve({
            errors: [createUnavailableError('The operation took too long; its outcome is unknown.')],
          });
        }, deadlineMs);
        return await Promise.race([paramsHandler(payload), late]).finally(() => clearTimeout(timer));
      });
    },
  };
}
