import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** Of what Node cannot read; all else is 400. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What the server remembers of a connection: the response that is due on it. */
interface ServedSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null;
}

/**
 * Answers what is no HTTP, or comes too slowly, as Node does by itself, but never in the place of the answer to a whole
 * request before it, which may have done something: that comes first (RFC 9112 section 9.3.2), and is the last one.
 */
export function answerClientErrors(server: Server): void {
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: ServedSocket) => {
    const due = socket._httpMessage;
    if (due?.req.complete && socket.writable) {
      socket.pause();
      due.shouldKeepAlive = false;
      due.once('finish', () => socket.end());
      return;
    }
    const status = statuses[code] ?? 400;
    if (socket.writable && !due?.headersSent) {
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy();
  });
}
