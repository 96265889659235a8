import type { Plugin } from 'graphql-yoga';
import type { Context, MutationDeadline } from '../../schema/base/context.ts';
import { createUnavailableError } from '../../schema/base/errors.ts';

const mutationDeadlineMs = 4_200;
const answerDeadlineMs = 4_500;

/**
 * Every operation is answered within 4.5 s, the waits for turns and the look-up of credentials included: one statement
 * that hangs is cut sooner, but an operation may take many. Mutations are given up 0.3 s before, each by itself, so that
 * the outcomes of those before them reach the client.
 */
export class Deadline implements MutationDeadline {
  readonly #mutations = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<void>();
  /** Resolves when what is under way of a mutation is to be given up. */
  readonly near = this.#mutations.promise;
  /** Resolves when there has to be an answer. */
  readonly late = this.#answer.promise;
  isNear = false;
  #timer: NodeJS.Timeout;

  /** Runs from when the request was read, by `performance.now`. */
  constructor(readAt = performance.now()) {
    const waitedMs = performance.now() - readAt;
    this.#timer = setTimeout(() => this.#giveUpMutations(), mutationDeadlineMs - waitedMs);
  }

  #giveUpMutations(): void {
    this.isNear = true;
    this.#mutations.resolve();
    this.#timer = setTimeout(this.#answer.resolve, answerDeadlineMs - mutationDeadlineMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

export interface Arrival {
  /** When all of a request had been read, by `performance.now`; undefined before, and where nobody has to read it. */
  readAt?: number | undefined;
}

interface Arrived {
  readonly arrival?: Arrival;
}

/** Holds every operation to its deadline. Takes the place of the last plugin. */
export function useDeadline(): Plugin<Context & Arrived, Partial<Context> & Arrived> {
  return {
    onParams({ context, paramsHandler, setParamsHandler }) {
      setParamsHandler(async (payload) => {
        const deadline = (context.deadline as Deadline | undefined) ?? new Deadline(context.arrival?.readAt);
        Object.assign(context, { deadline } satisfies Partial<Context>);
        const late = deadline.late.then(() => ({
          errors: [createUnavailableError('The operation took too long; its outcome is unknown.')],
        }));
        return await Promise.race([paramsHandler(payload), late]).finally(() => deadline.stop());
      });
    },
  };
}
