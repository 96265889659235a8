import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../../auth/caller.ts';
import { type Logger, logInfo } from '../../config/logger.ts';
import type { Context } from '../../schema/base/context.ts';
import { findOperation, type Operation } from '../operation/operation.ts';
import { readRequestId, readTraceId } from './request-ids.ts';

/** A GraphQL request that has been answered. */
export interface AnsweredRequest {
  readonly operation: string | undefined;
  readonly orgId: number | undefined;
  readonly userId: number | undefined;
  readonly status: number;
  /** Of the errors in the answer, typed ones first. */
  readonly codes: readonly unknown[];
  readonly ms: number;
}

/** What is known of a request from its arrival on. */
export interface RequestRecord {
  readonly id: string;
  readonly traceId: string | undefined;
  readonly startedAt: number;
}

/** What its answer adds. */
export interface AnswerRecord {
  readonly operation: Operation | undefined;
  readonly caller: Caller | undefined;
  readonly status: number;
  readonly codes: readonly unknown[];
}

export interface RequestLog {
  /** Gives a request its id: a well-formed `x-request-id`, or a new one; and that of its trace, ours or its client's. */
  start(givenId: string | null | undefined, traceparent: string | null | undefined): RequestRecord;
  /** One line for a GraphQL request, without its document, variables and credentials. */
  finish(record: RequestRecord, answer: AnswerRecord): void;
}

export interface RequestLogOptions {
  /** Is told of each GraphQL request, too. */
  readonly observe?: ((request: AnsweredRequest) => void) | undefined;
  /** Where we trace: the trace of the request that is being begun. */
  readonly findTraceId?: (() => string | undefined) | undefined;
}

export function createRequestLog(logger: Logger, { observe, findTraceId }: RequestLogOptions): RequestLog {
  return {
    start: (givenId, traceparent) => ({
      id: readRequestId(givenId),
      traceId: findTraceId?.() ?? readTraceId(traceparent),
      startedAt: performance.now(),
    }),
    finish({ id, traceId, startedAt }, { operation, caller, status, codes }) {
      const ms = Math.round((performance.now() - startedAt) * 10) / 10;
      const name = operation?.name;
      const { orgId, userId } = caller ?? {};
      // Neither an id nor a name of an operation has a character that JSON would escape.
      const which = `"requestId":"${id}"${traceId ? `,"traceId":"${traceId}"` : ''}${name ? `,"operation":"${name}"` : ''}`;
      const who = caller ? describeCaller(caller) : '';
      const told = codes.length > 1 ? [...new Set(codes)] : codes;
      logInfo(
        logger,
        `${which}${who},"status":${status},"codes":${JSON.stringify(told)},"ms":${ms},"msg":"request"`,
      );
      observe?.({ operation: name, orgId, userId, status, codes, ms });
    },
  };
}

const described = new WeakMap<Caller, string>();

/** As JSON that goes on after something else. A caller is one object for as long as his credentials are remembered. */
function describeCaller(caller: Caller): string {
  const known = described.get(caller);
  if (known !== undefined) return known;
  const json = `,${JSON.stringify(identify(caller)).slice(1, -1)}`;
  described.set(caller, json);
  return json;
}

function identify({ orgId, userId, client, clientId }: Partial<Caller>): object {
  return { orgId, userId, client, clientId };
}

/** What is found out of a request on its way through Yoga. */
interface LogContext {
  record?: RequestRecord;
  operation?: Operation | undefined;
  /** Absent while there is no answer to a GraphQL request. */
  codes?: readonly unknown[];
}

/**
 * Logs each GraphQL request, and each error of which the client is told no more than a code and the request's id,
 * which every answer tells.
 */
export function useRequestLog(
  log: RequestLog,
  logger: Logger,
): Plugin<Context & LogContext, Partial<Context> & LogContext> {
  const start = ({ headers }: Request): RequestRecord =>
    log.start(headers.get('x-request-id'), headers.get('traceparent'));

  return {
    onRequest({ request, serverContext }) {
      // One that has been begun elsewhere has what it was begun with.
      serverContext.record ??= start(request);
    },
    onParse() {
      return ({ result, context }) => {
        const operation = findOperation(result, context.params.operationName);
        Object.assign(context, { operation } satisfies LogContext);
      };
    },
    onResultProcess({ result, serverContext }) {
      const { record, caller, typedErrors = [] } = serverContext;
      if (!record || !('errors' in result || 'data' in result)) return;
      serverContext.codes = [...typedErrors, ...reportErrors(result, { record, caller }, logger)];
    },
    onResponse({ request, response, serverContext }) {
      // A preflight is answered before any plugin of ours.
      const { record = start(request), operation, caller, codes } = serverContext;
      response.headers.set('x-request-id', record.id);
      if (codes) log.finish(record, { operation, caller, status: response.status, codes });
    },
  };
}

/**
 * Logs the errors that are kept from the client, one of those with the same cause, adds the request's id to them, and
 * gives the codes of all.
 */
function reportErrors(
  { errors = [] }: ExecutionResult,
  { record, caller }: { record: RequestRecord; caller: Caller | undefined },
  logger: Logger,
): unknown[] {
  const { id: requestId, traceId } = record;
  const request = { requestId, traceId, ...identify(caller ?? {}) };
  const causes = new Set<string>();
  for (const { message, path, extensions, originalError } of errors) {
    const isFault = extensions['code'] === 'INTERNAL_SERVER_ERROR';
    if (!isFault && extensions['code'] !== 'SERVICE_UNAVAILABLE') continue;
    extensions['requestId'] = requestId;
    const cause = originalError?.message ?? message;
    if (causes.has(cause)) continue;
    causes.add(cause);
    logger[isFault ? 'error' : 'warn'](
      { ...request, path, cause: describe(originalError, isFault) },
      message,
    );
  }
  return errors.map(({ extensions }) => extensions['code']);
}

/** Without the details that Postgres adds, which hold the values of a row. */
function describe(error: Error | undefined, withStack: boolean): object {
  const { code } = (error ?? {}) as { code?: unknown };
  return { type: error?.name, code, message: error?.message, ...(withStack && { stack: error?.stack }) };
}
