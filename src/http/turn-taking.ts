import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../schema/base/context.ts';
import type { Measured } from './operation/limits.ts';
import { findOperation, type Operation } from './operation/operation.ts';
import {
  type Asking,
  estimateCost,
  estimateUnknown,
  type Leave,
  type Party,
  type Turns,
  turnCosts,
} from './operation/turns.ts';

interface TurnContext extends Partial<Measured> {
  /** What the door was told, instead of a turn. */
  readonly refusal?: GraphQLError | undefined;
  readonly outcomes?: Context['outcomes'];
  leaveFirstTurn?: Leave;
}

/** What an operation that has been measured asks for. */
export function askFor({ definition }: Operation, measured: Measured, party: Party): Asking {
  const kind = definition.operation === 'mutation' ? 'write' : 'read';
  return { party, kind, cost: estimateCost(measured) };
}

/** What asks for its turn before anything of it is known but its sender; `length` is in characters, or bytes. */
export function askUnknown(caller: Caller | undefined, hasCredentials: boolean, length: number): Asking {
  if (caller === undefined && hasCredentials) {
    // A document is looked at when its credentials are found good, which they are only once.
    return { party: 'newcomers', kind: 'read', cost: estimateUnknown() };
  }
  return { party: caller?.orgId ?? 'strangers', kind: 'read', cost: estimateUnknown(length) };
}

/**
 * Takes a turn for the head of a request, before anything else of it is looked at: to refuse it takes as long, whatever is
 * wrong with it. What the door has begun, or was refused, has had its turn.
 */
export function useHeadTurns(heads: Turns, { recall }: Authenticator): Plugin<object, TurnContext> {
  return {
    async onRequestParse({ request, serverContext }) {
      if (serverContext.refusal) throw serverContext.refusal;
      if (serverContext.outcomes) return;
      const authorization = request.headers.get('authorization');
      const caller = authorization ? recall(authorization) : undefined;
      const asking = askUnknown(caller, authorization !== null, 0);
      // What follows waits for its body, however long that takes to arrive.
      setImmediate(await heads.enter({ ...asking, cost: turnCosts.head }));
    },
  };
}

/**
 * Takes a turn for what comes before the execution (credentials, parsing, validation) and one for the execution, whose
 * cost is known by then. Comes last but for the deadline: nothing is done before the first one.
 */
export function useTurns(
  turns: Turns,
  { recall }: Authenticator,
): Plugin<Context & TurnContext, Partial<Context> & TurnContext> {
  return {
    onParams({ request, params, context, paramsHandler, setParamsHandler }) {
      if (context.outcomes) return;
      setParamsHandler(async (payload) => {
        const authorization = request.headers.get('authorization');
        const caller = authorization ? recall(authorization) : undefined;
        const leave = await turns.enter(
          askUnknown(caller, authorization !== null, params.query?.length ?? 0),
        );
        // Not before other requests have been read: all that came together would else be parsed before anybody's turn.
        const leaveSoon: Leave = (isDone) => setImmediate(leave, isDone);
        context.leaveFirstTurn = leaveSoon;
        let isDone = true;
        try {
          return await paramsHandler(payload);
        } catch (error) {
          isDone = error instanceof GraphQLError;
          throw error;
        } finally {
          leaveSoon(isDone);
        }
      });
    },
    onExecute({ args, executeFn, setExecuteFn, context }) {
      if (context.outcomes) return;
      setExecuteFn(async (given) => {
        context.leaveFirstTurn?.();
        const operation = findOperation(args.document, args.operationName ?? undefined);
        if (operation === undefined) return await executeFn(given);
        const { fields = 0, objects = 0, caller } = context;
        const leave = await turns.enter(askFor(operation, { fields, objects }, caller?.orgId ?? 'strangers'));
        try {
          const result = await executeFn(given);
          leave(!result.errors);
          return result;
        } finally {
          leave(false);
        }
      });
    },
  };
}
