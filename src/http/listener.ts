import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Answer, Door } from './door.ts';
import { limits } from './operation/limits.ts';

/** Goes on with what has been begun of a request; its `body` is what has been read of it. */
type Yoga = (request: IncomingMessage, response: ServerResponse, begun: object) => unknown;

/** Leads each request to the door, and what does not come through to Yoga. */
export function createListener(door: Door, yoga: Yoga): RequestListener {
  return (request, response) => {
    const visitor = door.receive(request);
    // A body that is longer, or says nothing of its length, is Yoga's to bound.
    if (visitor === undefined || !(Number(request.headers['content-length']) <= limits.bodySize)) {
      yoga(request, response, {});
      return;
    }
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const bytes = chunks[0] && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      try {
        const passage = await door.answer(visitor, bytes);
        if ('body' in passage) send(passage, response);
        else yoga(Object.assign(request, { body: new ReadBody(bytes) }), response, passage.begun ?? {});
      } catch (error) {
        // Nothing that a request does may end the process.
        response.destroy(error as Error);
      }
    });
  };
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
