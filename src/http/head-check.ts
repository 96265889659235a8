import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isLoopback } from '../config/network.ts';
import { noStore } from './answer-headers.ts';
import { bodyLimits } from './held-bodies.ts';
import { readRequestId } from './observe/request-ids.ts';
import { isPlainPath, readHostName, readTarget } from './target.ts';

/** Of path and query, in bytes. All headers may have twice as many, so that whoever meets it is told which it was. */
export const maxTargetLength = 16_384;

/** Headers that are taken apart before anybody's turn, and how long each may be: twice what the longest browsers send. */
const negotiating = ['accept', 'accept-encoding', 'content-type'] as const;
const maxNegotiatingLength = 512;

/** Lets a request through to the handler, its target a path and a host, where they are good and it may ask for them. */
export function checkHead(
  handler: RequestListener,
  { onlyLoopbackNames }: { onlyLoopbackNames: boolean },
): RequestListener {
  return (request, response) => {
    if ((request.url?.length ?? 0) > maxTargetLength) {
      return reject(response, 414, 'The path and its query are too long: send the operation by POST.');
    }
    for (const name of negotiating) {
      if ((request.headers[name]?.length ?? 0) > maxNegotiatingLength) {
        return reject(response, 431, `The header "${name}" is longer than ${maxNegotiatingLength} bytes.`);
      }
    }
    const coding = request.headers['transfer-encoding'];
    if (coding !== undefined && request.httpVersion === '1.0') {
      return reject(
        response,
        400,
        'HTTP/1.0 has no Transfer-Encoding: send the body with its Content-Length.',
      );
    }
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
      return reject(response, 501, explainTransferCoding(coding));
    }
    const target = readTarget(request);
    if (target === undefined) {
      return reject(response, 400, 'The request needs a path, or an http URL, and a Host header.');
    }
    const { host = '' } = target;
    if (onlyLoopbackNames && !isLoopbackName(host)) {
      return reject(response, 421, explainLoopbackNames(host));
    }
    if (!isPlainPath(target.path)) {
      return reject(response, 404, 'There is no such path: a path is taken as it is written.');
    }
    request.url = target.path;
    if (target.host !== undefined) request.headers.host = target.host;
    if (request.headers.expect !== undefined) askForBody(request, response);
    handler(request, response);
  };
}

/** From who waits to be asked for it; what is too long is refused before, and nothing more is read of this connection. */
function askForBody({ headers }: IncomingMessage, response: ServerResponse): void {
  if (Number(headers['content-length']) > bodyLimits.largest) response.shouldKeepAlive = false;
  else response.writeContinue();
}

/** Answers what does not reach the handler, and nothing more on this connection. */
export function reject(response: ServerResponse, status: number, reason: string): void {
  const id = response.req.headers['x-request-id'];
  const text = `${reason}\n`;
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': noStore,
    'x-request-id': readRequestId(id?.toString()),
    connection: 'close',
  };
  response.writeHead(status, headers).end(text);
}

/** RFC 9112 section 6.1. Node lets through whatever has `chunked` at its end, and leaves the rest of it undone. */
function explainTransferCoding(coding: string): string {
  return `Transfer-Encoding is ${JSON.stringify(coding.slice(0, 100))}, but may be chunked alone: send the body as it is.`;
}

/** Any other name may lead here by DNS rebinding, from a page of whoever owns it. */
function isLoopbackName(host: string): boolean {
  const name = readHostName(host);
  return isLoopback(name) || name.endsWith('.localhost');
}

function explainLoopbackNames(host: string): string {
  return (
    `The service is in demo mode and answers to localhost, 127.0.0.1 and [::1], not to ${JSON.stringify(host)}. ` +
    'With a DATABASE_URL, or a HOST that is not loopback, it answers to every name.'
  );
}
