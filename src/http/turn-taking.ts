import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Context } from '../schema/base/context.ts';
import { type Holding, hold } from './operation/holding.ts';
import { findOperation } from './operation/operation.ts';
import type { Measured } from './operation/prepare.ts';
import { type Asking, askFor, askUnknown, findParty, turnCosts } from './turns/asking.ts';
import type { Deadline } from './turns/deadline.ts';
import { Statements } from './turns/statements.ts';
import type { Leave, Turns } from './turns/turns.ts';

interface TurnContext extends Partial<Measured>, Holding {
  /** With which it has been refused before it came to Yoga. */
  readonly refusal?: GraphQLError | undefined;
  readonly outcomes?: Context['outcomes'];
  /** Of the turn that the request has for now. */
  leaveTurn?: Leave;
}

type TurnPlugin = Plugin<Context & TurnContext, Partial<Context> & TurnContext>;

/**
 * Takes a turn for the head of a request, before anything else of it is looked at: to refuse it takes as long, whatever is
 * wrong with it. What the door has begun has had its turn; what was refused one is refused here.
 */
export function useHeadTurns(heads: Turns, { recall }: Authenticator): Plugin<object, TurnContext> {
  return {
    async onRequestParse({ request, serverContext }) {
      if (serverContext.refusal) throw serverContext.refusal;
      if (serverContext.outcomes) return;
      const authorization = request.headers.get('authorization');
      const caller = authorization ? recall(authorization) : undefined;
      const party = findParty(caller, authorization !== null);
      // What follows waits for its body, however long that takes to arrive.
      setImmediate(await heads.enter({ party, kind: 'read', cost: turnCosts.head }));
    },
  };
}

/** Takes a turn to check credentials that have yet to be checked. Comes after the authentication, and so around it. */
export function useNewcomerTurns(turns: Turns, { recall }: Authenticator): TurnPlugin {
  return {
    onParams({ request, context, paramsHandler, setParamsHandler }) {
      const authorization = request.headers.get('authorization');
      if (context.outcomes || authorization === null || recall(authorization)) return;
      setParamsHandler((payload) =>
        takeTurn(turns, askUnknown('newcomers'), context, () => paramsHandler(payload)),
      );
    },
  };
}

/**
 * Takes a turn for what comes before the execution (parsing, validation) and one for the execution, whose cost is known by
 * then. Comes before the authentication, and so after it has found the caller.
 */
export function useTurns(turns: Turns): TurnPlugin {
  return {
    onParams({ params, context, paramsHandler, setParamsHandler }) {
      if (context.outcomes) return;
      setParamsHandler((payload) => {
        const asking = askUnknown(findParty(context.caller, false), params.query?.length);
        return takeTurn(turns, asking, context, () => paramsHandler(payload));
      });
    },
    onExecute({ args, executeFn, setExecuteFn, context }) {
      if (context.outcomes) return;
      setExecuteFn(async (given) => {
        context.leaveTurn?.();
        const operation = findOperation(args.document, args.operationName);
        if (operation === undefined) return await executeFn(given);
        const { fields = 0, objects = 0, caller } = context;
        const asking = askFor(operation, { fields, objects }, findParty(caller, false));
        const leave = await turns.enter(asking);
        const { late } = context.deadline as Deadline;
        const statements = new Statements(turns, asking, late);
        Object.assign(context, { db: statements.over(context.db) } satisfies Partial<Context>);
        const own: Holding = {};
        const leaveAs = (isDone: boolean) => leave(isDone, statements.cost + (own.held ?? 0), own.held);
        try {
          // All of it that waits for no statement is done by then, introspection above all.
          const result = await hold(own, () => executeFn(given));
          leaveAs(!result.errors);
          return result;
        } finally {
          leaveAs(false);
        }
      });
    },
  };
}

/** In the place of the turn before, if there was one. */
async function takeTurn<Result>(
  turns: Turns,
  asking: Asking,
  context: TurnContext,
  run: () => Result,
): Promise<Awaited<Result>> {
  context.leaveTurn?.();
  const leave = await turns.enter(asking);
  // Not before other requests have been read: all that came together would else be parsed before anybody's turn.
  const leaveSoon: Leave = (isDone) => setImmediate(leave, isDone, context.held, context.held);
  context.leaveTurn = leaveSoon;
  let isDone = true;
  try {
    return await run();
  } catch (error) {
    isDone = error instanceof GraphQLError;
    throw error;
  } finally {
    leaveSoon(isDone);
  }
}
