import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Door } from './door.ts';
import { bodyLimits } from './held-bodies.ts';
import { HeldBytes } from './held-bytes.ts';
import type { Answer, Passage, Visitor } from './passage.ts';
import { type Read, readBody } from './read-body.ts';
import type { Party } from './turns/asking.ts';
import type { Arrival } from './turns/deadline.ts';
import { UnreadAnswers } from './unread-answers.ts';

/** Goes on with what has been begun of a request; its `body` is what is read of it. */
type Yoga = (request: IncomingMessage, response: ServerResponse, begun: object) => unknown;

/** Reads each request and leads it to the door, and what does not come through to Yoga. */
export function createListener(door: Door, yoga: Yoga): RequestListener {
  /** Of the bodies of requests that are not answered yet, however slowly they arrive. */
  const held = new HeldBytes(bodyLimits.ofParty);
  const unread = new UnreadAnswers();

  async function lead(
    visitor: Visitor,
    read: Read,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      const passage = await findPassage(visitor, read);
      if (passage === 'answered') return;
      goOnByYoga(request, response, { read, party: visitor.party, begun: passage });
    } catch (error) {
      // Nothing that a request does may end the process.
      response.destroy(error as Error);
    }
  }

  function findPassage(visitor: Visitor, read: Read): Passage | Promise<Passage> {
    if (read instanceof GraphQLError) return door.turnAway(visitor, read);
    const refusal = unread.refuse(visitor.party);
    if (refusal) return door.turnAway(visitor, refusal);
    // Yoga's to refuse.
    return read.length > bodyLimits.largest ? { record: visitor.record } : door.answer(visitor, read);
  }

  function goOnByYoga(
    request: IncomingMessage,
    response: ServerResponse,
    { read, party, begun }: { read: Read | Promise<Read>; party: Party; begun: object },
  ): void {
    const noteAnswer = (bytes: number, orgId: number | undefined) =>
      unread.count(orgId ?? party, response, bytes);
    yoga(Object.assign(request, { body: new BodyForYoga(read) }), response, { ...begun, noteAnswer });
  }

  return (request, response) => {
    const visitor: Visitor | undefined = door.receive(request, (answer) => {
      send(answer, response);
      const { writableLength } = response.socket ?? response;
      if (visitor) unread.count(visitor.party, response, writableLength);
    });
    // Yoga says so before it comes.
    const isTooLong = Number(request.headers['content-length']) > bodyLimits.largest;
    if (visitor && !isTooLong) {
      const done = (read: Read): void => {
        visitor.readAt = performance.now();
        void lead(visitor, read, request, response);
      };
      readBody(request, response, { held, party: visitor.party, done });
      return;
    }
    const arrival: Arrival = {};
    const party = visitor?.party ?? door.findParty(request.headers);
    const read = new Promise<Read>((resolve) => {
      const done = (read: Read): void => {
        arrival.readAt = performance.now();
        resolve(read);
      };
      readBody(request, response, { held, party, done });
    });
    // There was no room for it.
    if (request.socket.destroyed) return;
    const refusal = unread.refuse(party);
    const begun = { arrival, ...(visitor && { record: visitor.record }), ...(refusal && { refusal }) };
    goOnByYoga(request, response, { read, party, begun });
  };
}

function send({ status, headers, body }: Answer, response: ServerResponse): void {
  // What is ASCII is the same in both, and sooner written in this one.
  const isAscii = Number(headers['content-length']) === body.length;
  response.writeHead(status, headers).end(body, isAscii ? 'latin1' : 'utf8');
}

/** A body where Yoga looks for one, be it read or not yet. */
class BodyForYoga {
  readonly read: Read | Promise<Read>;

  constructor(read: Read | Promise<Read>) {
    this.read = read;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const read = await this.read;
    if (read instanceof GraphQLError) throw read;
    yield read;
  }
}
