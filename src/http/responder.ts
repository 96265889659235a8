import type { GraphQLError } from 'graphql';
import { noStore } from './answer-headers.ts';
import type { AnswerRecord, RequestLog } from './observe/request-log.ts';
import type { Answer, Passage, Visitor } from './passage.ts';

export interface ResponderOptions {
  readonly log: RequestLog;
  /** What else every answer says to a request of such an origin. */
  readonly findHeaders: (origin: string | undefined) => object;
}

/** What is known of a request that is refused. */
export type Known = Pick<AnswerRecord, 'operation' | 'caller'>;

/** Answers in the place of Yoga, to the byte as it would. */
export function createResponder({ log, findHeaders }: ResponderOptions) {
  /** Logs an answer and sends it. */
  function respond(
    { mediaType, origin, record, reply }: Visitor,
    answer: Omit<Answer, 'headers'> & AnswerRecord,
    ownHeaders?: Record<string, string>,
  ): 'answered' {
    log.finish(record, answer);
    const { status, body, begun } = answer;
    const headers = {
      'Content-Type': `${mediaType}; charset=utf-8`,
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': record.id,
      // By itself: to spread an object that has something takes as long as all else of a small answer.
      'cache-control': noStore,
      ...findHeaders(origin),
      ...ownHeaders,
    };
    reply({ status, headers, body, begun });
    return 'answered';
  }

  /** Answers 429; any other refusal is left to Yoga. */
  function refuse(visitor: Visitor, refusal: GraphQLError, { operation, caller }: Known): Passage {
    const { code, http } = refusal.extensions;
    const begun = { record: visitor.record, refusal };
    if (http?.status !== 429) return begun;
    const body = JSON.stringify({ errors: [{ message: refusal.message, extensions: { code } }] });
    return respond(visitor, { status: 429, body, operation, caller, codes: [code], begun }, http.headers);
  }

  return { respond, refuse };
}
