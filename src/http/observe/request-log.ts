import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../../auth/caller.ts';
import type { Logger } from '../../config/logger.ts';
import type { Context } from '../../schema/base/context.ts';
import { findOperation } from '../operation/operation.ts';
import { readRequestId } from './request-id.ts';

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

interface RequestRecord {
  readonly id: string;
  readonly startedAt: number;
  operation?: string | undefined;
  caller?: Caller | undefined;
  /** Of the errors in the answer, typed ones first; absent while there is no answer to a GraphQL request. */
  codes?: readonly unknown[];
}

/**
 * Gives every request an id: a well-formed `x-request-id`, or a new one; the answer tells it. Logs one line for each
 * GraphQL request, without its document, variables and credentials, and one for each error of which the client is
 * told no more than a code and that id. Whoever `observe`s is told of each GraphQL request, too.
 */
export function useRequestLog(
  logger: Logger,
  observe?: (request: AnsweredRequest) => void,
): Plugin<Context, Partial<Context>> {
  const records = new WeakMap<Request, RequestRecord>();

  return {
    onRequest({ request }) {
      records.set(request, startRecord(request));
    },
    onParse() {
      return ({ result, context }) => {
        const record = records.get(context.request);
        const operation = findOperation(result, context.params.operationName);
        if (record) record.operation = operation?.definition.name?.value.slice(0, 100);
      };
    },
    onResultProcess({ request, result, serverContext }) {
      const record = records.get(request);
      if (!record || !('errors' in result || 'data' in result)) return;
      record.caller = serverContext.caller;
      record.codes = [...(serverContext.typedErrors ?? []), ...reportErrors(result, record.id, logger)];
    },
    onResponse({ request, response }) {
      // A preflight is answered before any plugin of ours.
      const record = records.get(request) ?? startRecord(request);
      response.headers.set('x-request-id', record.id);
      if (record.codes === undefined) return;
      const { id, operation, caller, codes, startedAt } = record;
      const ms = Math.round((performance.now() - startedAt) * 10) / 10;
      const answered = { operation, orgId: caller?.orgId, status: response.status, codes, ms };
      logger.info({ requestId: id, ...answered }, 'request');
      observe?.({ ...answered, userId: caller?.userId });
    },
  };
}

function startRecord(request: Request): RequestRecord {
  return { id: readRequestId(request.headers.get('x-request-id')), startedAt: performance.now() };
}

/** Logs the errors that are kept from the client, adds the request's id to them, and gives the codes of all. */
function reportErrors({ errors = [] }: ExecutionResult, requestId: string, logger: Logger): unknown[] {
  for (const { message, path, extensions, originalError } of errors) {
    const isFault = extensions['code'] === 'INTERNAL_SERVER_ERROR';
    if (!isFault && extensions['code'] !== 'SERVICE_UNAVAILABLE') continue;
    extensions['requestId'] = requestId;
    logger[isFault ? 'error' : 'warn']({ requestId, path, cause: describe(originalError, isFault) }, message);
  }
  return errors.map(({ extensions }) => extensions['code']);
}

/** Without the details that Postgres adds, which hold the values of a row. */
function describe(error: Error | undefined, withStack: boolean): object {
  const { code } = (error ?? {}) as { code?: unknown };
  return { type: error?.name, code, message: error?.message, ...(withStack && { stack: error?.stack }) };
}
