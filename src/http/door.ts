import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../schema/base/context.ts';
import { bodyLimits } from './held-bodies.ts';
import { chooseMediaType } from './media-type.ts';
import type { Trace } from './observe/trace.ts';
import { begin, complete, writeAnswer } from './operation/carry-out.ts';
import type { DocumentCache } from './operation/document-cache.ts';
import type { Operation } from './operation/operation.ts';
import { type PreparedOperation, recallOperation } from './operation/prepare.ts';
import type { TrustedDocuments } from './operation/trusted-documents.ts';
import type { Begun, Passage, Reply, Visitor } from './passage.ts';
import { isUncompressedJson, parseBody } from './request-body.ts';
import { createResponder, type Known, type ResponderOptions } from './responder.ts';
import { gatewayHeader, type IsGateway } from './trusted-documents.ts';
import { type Asking, askFor, askToRead, askUnknown, findParty, type Party } from './turns/asking.ts';
import { Deadline } from './turns/deadline.ts';
import { Statements } from './turns/statements.ts';
import type { Leave, Turns } from './turns/turns.ts';

export interface DoorOptions extends ResponderOptions {
  readonly schema: GraphQLSchema;
  /** The schema that completes what has been begun. */
  readonly replay: GraphQLSchema;
  readonly documents: DocumentCache;
  /** Absent: every document may run. */
  readonly trusted: TrustedDocuments | undefined;
  readonly isGateway: IsGateway;
  readonly authenticator: Authenticator;
  readonly turns: Turns;
  readonly trace?: Trace | undefined;
  readonly createContext: (operation: Operation) => Context;
}

export interface Door {
  /** Undefined for what the head alone makes Yoga's. */
  receive(head: Pick<IncomingMessage, 'method' | 'url' | 'headers'>, reply: Reply): Visitor | undefined;
  /** Whose what does not come through the door is, by what is known at once. */
  findParty(headers: IncomingHttpHeaders): Party;
  /** Refuses, after a while, one for whose body there is no room, or who has too much to read already. */
  turnAway(visitor: Visitor, refusal: GraphQLError): Promise<Passage>;
  /** Throws, or rejects, only where an answer could not be logged or sent: nothing of it may be begun again. */
  answer(visitor: Visitor, body: Uint8Array): Passage | Promise<Passage>;
}

/** One who may come in. */
interface Guest extends Visitor {
  readonly caller: Caller;
}

interface CarriedOut {
  readonly begun: Begun;
  /** Undefined for what is Yoga's to complete. */
  readonly body?: string;
}

/**
 * Answers at once what apps and gateways send again and again: a POST of JSON by a caller who is recognised, for an
 * operation that Yoga has found valid, within its limits, with no error in its answer. All else is handed to Yoga: what
 * is new, rare or wrong, and what turns out so on the way, together with what has been begun by then. That somebody asks
 * for more than his share is told here, whatever he asks for, because whoever does will ask again at once.
 */
export function createDoor({
  schema,
  replay,
  documents,
  trusted,
  isGateway,
  authenticator,
  turns,
  log,
  findHeaders,
  trace,
  createContext,
}: DoorOptions): Door {
  const { respond, refuse } = createResponder({ log, findHeaders });

  function respondWithData(
    guest: Guest,
    { operation }: PreparedOperation,
    body: string,
    begun: Begun,
  ): 'answered' {
    const { caller } = guest;
    return respond(guest, { status: 200, body, operation, caller, codes: begun.typedErrors, begun });
  }

  /** What needs no resolver, and no span, is there at once; undefined for all else. */
  function answerAtOnce(guest: Guest, prepared: PreparedOperation): 'answered' | undefined {
    if (trace || !prepared.plan.every((step) => 'text' in step)) return undefined;
    const { caller, record } = guest;
    const begun = { ...createContext(prepared.operation), caller, record, outcomes: new Map() };
    const body = writeAnswer(prepared, [], begun);
    return body === undefined ? undefined : respondWithData(guest, prepared, body, begun);
  }

  /** Undefined for a party that may wait for its turn. */
  function refuseIfFull(visitor: Visitor, asking: Asking, known: Known): Promise<Passage> | undefined {
    return turns.refuseIfFull(asking)?.catch((error) => refuse(visitor, error, known));
  }

  async function takeTurn(guest: Guest, prepared: PreparedOperation, asking: Asking): Promise<Passage> {
    const deadline = new Deadline(guest.readAt);
    let leave: Leave;
    try {
      const turn = turns.enter(asking);
      leave = turn instanceof Promise ? await turn : turn;
    } catch (error) {
      deadline.stop();
      return refuse(guest, error as GraphQLError, { ...guest, operation: prepared.operation });
    }
    const statements = new Statements(turns, asking, deadline.late);
    let isDone = false;
    try {
      const passage = await carryOut(guest, prepared, deadline, statements);
      isDone = passage === 'answered';
      return passage;
    } finally {
      leave(isDone, statements.cost);
    }
  }

  async function carryOut(
    guest: Guest,
    prepared: PreparedOperation,
    deadline: Deadline,
    statements: Statements,
  ): Promise<Passage> {
    const late = deadline.late.then(() => Promise.reject(new Error('It is late.')));
    const run = async (): Promise<CarriedOut> => {
      const { caller, record } = guest;
      const shared = createContext(prepared.operation);
      const context = { ...shared, db: statements.over(shared.db), caller, deadline };
      const begun = { ...context, record, outcomes: begin(prepared, context) };
      try {
        return { begun, body: await Promise.race([complete(prepared, begun, replay), late]) };
      } catch {
        return { begun };
      }
    };
    let done: CarriedOut;
    try {
      done = await (trace ? trace(prepared.operation, run, ({ body }) => body === undefined) : run());
    } catch {
      return { record: guest.record, deadline };
    }
    const { begun, body } = done;
    if (body === undefined) return begun;
    deadline.stop();
    return respondWithData(guest, prepared, body, begun);
  }

  function findPrepared({ mayAskForAll, caller }: Guest, body: Uint8Array): PreparedOperation | undefined {
    try {
      const params = parseBody(body, trusted !== undefined);
      const query = (mayAskForAll && params.query) || trusted?.findText(params);
      return query ? recallOperation({ ...params, query }, { schema, documents, caller }) : undefined;
    } catch {
      // Yoga finds the same, and says so.
      return undefined;
    }
  }

  function carryOutInTurn(guest: Guest, prepared: PreparedOperation): 'answered' | Promise<Passage> {
    const { caller } = guest;
    const { operation } = prepared;
    const asking = askFor(operation, prepared, caller.orgId);
    return (
      answerAtOnce(guest, prepared) ??
      refuseIfFull(guest, asking, { operation, caller }) ??
      takeTurn(guest, prepared, asking)
    );
  }

  /** Yoga would refuse, too, but at ten times the price. */
  function handOver(
    visitor: Visitor,
    caller: Caller | undefined,
    { length }: Uint8Array,
  ): Passage | Promise<Passage> {
    const asking = askUnknown(visitor.party, length);
    const { record } = visitor;
    return refuseIfFull(visitor, asking, { operation: undefined, caller }) ?? { record, arrival: visitor };
  }

  function read(guest: Guest, body: Uint8Array): Passage | Promise<Passage> {
    const prepared = findPrepared(guest, body);
    return prepared ? carryOutInTurn(guest, prepared) : handOver(guest, guest.caller, body);
  }

  /** What takes its time to be read waits for a turn for that. */
  async function readInTurn(guest: Guest, body: Uint8Array): Promise<Passage> {
    const { caller } = guest;
    let leave: Leave;
    try {
      leave = await turns.enter(askToRead(guest.party, body.length));
    } catch (error) {
      return refuse(guest, error as GraphQLError, { operation: undefined, caller });
    }
    // Not before other requests have been read, and have taken their turns.
    setImmediate(leave, false);
    return read(guest, body);
  }

  function answerAs(visitor: Visitor, caller: Caller | undefined, body: Uint8Array) {
    if (caller === undefined) return handOver(visitor, caller, body);
    const guest = { ...visitor, caller };
    return body.length > bodyLimits.small ? readInTurn(guest, body) : read(guest, body);
  }

  return {
    receive({ method, url, headers }, reply) {
      if (method !== 'POST' || url !== '/graphql' || asksLikePreflight(headers)) return undefined;
      const mediaType = chooseMediaType(headers.accept);
      if (!mediaType || !isUncompressedJson(headers['content-type'], headers['content-encoding']))
        return undefined;
      const { authorization = '' } = headers;
      const caller = authorization ? authenticator.revalidate(authorization) : undefined;
      const known = caller instanceof Promise ? authenticator.recallStale(authorization) : caller;
      const record = log.start(headers['x-request-id']?.toString(), headers['traceparent']?.toString());
      return {
        caller,
        party: findParty(known, headers.authorization !== undefined),
        origin: headers.origin,
        mediaType,
        record,
        mayAskForAll: !trusted || isGateway(headers[gatewayHeader]),
        reply,
      };
    },
    findParty({ authorization }) {
      return findParty(authenticator.recallStale(authorization ?? ''), authorization !== undefined);
    },
    turnAway(visitor, refusal) {
      const caller = visitor.caller instanceof Promise ? undefined : visitor.caller;
      const known = { operation: undefined, caller };
      return turns.refuseSoon(visitor.party).catch(() => refuse(visitor, refusal, known));
    },
    answer(visitor, body) {
      const { caller } = visitor;
      if (!(caller instanceof Promise)) return answerAs(visitor, caller, body);
      return caller.then((caller) => answerAs({ ...visitor, party: findParty(caller, true) }, caller, body));
    },
  };
}

/** Yoga answers these on a POST, too; no browser sends them with one. */
function asksLikePreflight(headers: IncomingHttpHeaders): boolean {
  return 'access-control-request-method' in headers || 'access-control-request-headers' in headers;
}
