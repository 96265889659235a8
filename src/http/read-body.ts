import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { bodyLimits, createTooManyBytesError } from './held-bodies.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { Party } from './turns/asking.ts';

/** A body (of one that is too long, no more than shows it), or why there was no room for it. */
export type Read = Buffer | GraphQLError;

const nothing = Buffer.alloc(0);

/**
 * Reads a body as it comes, into one buffer, however small its pieces are: each would else be an object of 280 bytes. What
 * is held of it is counted until the response is closed. One whose connection breaks is never `done`.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { held, party, done }: { held: HeldBytes; party: Party; done: (read: Read) => void },
): void {
  // Of all responses of a connection the one that is due has the socket: who sends more meanwhile has all of it counted.
  const head = response.socket === null ? measureHead(request) : 0;
  const uncounted = head > 0 ? 0 : bodyLimits.small;
  const expected = Number(request.headers['content-length'] ?? bodyLimits.largest);
  let buffer: Buffer = nothing;
  let length = 0;
  let counted = 0;
  let isOver = false;

  const drop = () => {
    isOver = true;
    buffer = nothing;
    held.remove(party, counted);
    counted = 0;
  };

  const count = (size: number): boolean => {
    if (size <= uncounted) return true;
    if (!held.add(party, size - counted)) return false;
    if (counted === 0) response.once('close', drop);
    counted = size;
    return true;
  };

  // Its refusal, too, would have to wait.
  if (head > 0 && !count(head)) {
    request.socket.destroy();
    return;
  }
  request.on('data', (piece: Buffer) => {
    // What comes later is thrown away.
    if (isOver || response.writableEnded || response.destroyed) return;
    const end = length + piece.length;
    if (end > buffer.length) {
      const size = length === 0 ? end : Math.max(end, Math.min(2 * end, expected));
      if (!count(head + size)) {
        drop();
        if (head > 0) request.socket.destroy();
        else done(createTooManyBytesError());
        return;
      }
      // One that comes in one piece is not copied.
      buffer = length === 0 ? piece : enlarge(buffer, size);
    }
    if (length > 0) piece.copy(buffer, length);
    length = end;
    if (length <= bodyLimits.largest) return;
    isOver = true;
    done(buffer);
  });
  request.on('end', () => {
    if (!isOver) done(length === buffer.length ? buffer : buffer.subarray(0, length));
  });
}

/** What a request takes of memory without its body. */
function measureHead({ url = '', rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, { length }) => sum + length, bodyLimits.request + url.length);
}

/** In memory of its own, not in that which Node shares out among small buffers. */
function enlarge(buffer: Buffer, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(size);
  buffer.copy(larger);
  return larger;
}
