import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Answer, Door, Passage } from './door.ts';
import { createTooManyBytesError, HeldBodies } from './held-bodies.ts';
import { limits } from './operation/limits.ts';

/** Goes on with what has been begun of a request; its `body` is what has been read of it. */
type Yoga = (request: IncomingMessage, response: ServerResponse, begun: object) => unknown;

/** Leads each request to the door, and what does not come through to Yoga; refuses bodies for which there is no room. */
export function createListener(door: Door, yoga: Yoga): RequestListener {
  const bodies = new HeldBodies();

  async function lead(
    request: IncomingMessage,
    response: ServerResponse,
    findPassage: () => Passage | Promise<Passage>,
    body?: Uint8Array,
  ): Promise<void> {
    try {
      const passage = await findPassage();
      if (passage === 'answered') return;
      if (body) Object.assign(request, { body: new ReadBody(body) });
      yoga(request, response, passage.begun ?? {});
    } catch (error) {
      // Nothing that a request does may end the process.
      response.destroy(error as Error);
    }
  }

  return (request, response) => {
    const visitor = door.receive(request, (answer) => send(answer, response));
    const length = findBodyLength(request);
    if (!bodies.hold(visitor?.party ?? 'strangers', Math.min(length, limits.bodySize), response)) {
      // What is on its way is thrown away.
      request.resume();
      const refusal = createTooManyBytesError();
      if (visitor) void lead(request, response, () => door.turnAway(visitor, refusal));
      else yoga(request, response, { refusal });
      return;
    }
    // A body that is longer, or says nothing of its length, is Yoga's to bound.
    if (visitor === undefined || length > limits.bodySize) {
      yoga(request, response, {});
      return;
    }
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = chunks[0] && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      void lead(request, response, () => door.answer(visitor, bytes), bytes);
    });
  };
}

/** In bytes; infinite where it is only known at the end. */
function findBodyLength({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers['content-length'] ?? 0);
}

function send({ status, headers, body }: Answer, response: ServerResponse): void {
  // What is ASCII is the same in both, and sooner written in this one.
  const isAscii = Number(headers['content-length']) === body.length;
  response.writeHead(status, headers).end(body, isAscii ? 'latin1' : 'utf8');
}

/** Where Yoga looks for a body that was read before. */
class ReadBody {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield this.bytes;
  }
}
