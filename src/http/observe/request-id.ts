import { randomUUID } from 'node:crypto';

/** The id that a client gave its request by `x-request-id`, or a new one where it gave none that is well formed. */
export function readRequestId(given: string | null | undefined): string {
  return /^[\w.:-]{1,128}$/.test(given ?? '') ? String(given) : randomUUID();
}
