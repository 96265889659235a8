import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../schema/base/context.ts';
import { createUnavailableError } from '../../schema/base/errors.ts';

const mutationDeadlineMs = 4_200;
const answerDeadlineMs = 4_500;

/**
 * Answers every operation within 4.5 s, the look-up of credentials included: one statement that hangs is cut sooner,
 * but an operation may take many. Mutations are given up 0.3 s before, each by itself, so that the outcomes of those
 * before them reach the client. Takes the place of the last plugin.
 */
export function useDeadline(): Plugin<Context> {
  return {
    onParams({ context, paramsHandler, setParamsHandler }) {
      setParamsHandler(async (payload) => {
        const deadline = new AbortController();
        Object.assign(context, { deadline: deadline.signal } satisfies Partial<Context>);
        const late = Promise.withResolvers<ExecutionResult>();
        const giveUp = () =>
          late.resolve({
            errors: [createUnavailableError('The operation took too long; its outcome is unknown.')],
          });
        const timers = [
          setTimeout(() => deadline.abort(), mutationDeadlineMs),
          setTimeout(giveUp, answerDeadlineMs),
        ];
        return await Promise.race([paramsHandler(payload), late.promise]).finally(() =>
          timers.forEach(clearTimeout),
        );
      });
    },
  };
}
