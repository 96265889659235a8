import { randomUUID } from 'node:crypto';

/** The id that a client gave its request by `x-request-id`, or a new one where it gave none that is well formed. */
export function readRequestId(given: string | null | undefined): string {
  return /^[\w.:-]{1,128}$/.test(given ?? '') ? String(given) : randomUUID();
}

/** The id of the trace that a client's `traceparent` names (W3C Trace Context); undefined where it names none. */
export function readTraceId(traceparent: string | null | undefined): string | undefined {
  if (!traceparent) return undefined;
  return /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/.exec(
    traceparent,
  )?.[1];
}
