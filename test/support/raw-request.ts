import { connect } from 'node:net';
import fc from 'fast-check';
import { whenClosed } from './socket.ts';

/** Requests of which any part may be any bytes. */
export const rawRequests: fc.Arbitrary<Buffer> = fc
  .record({
    method: fc.oneof({ weight: 6, arbitrary: fc.constantFrom('POST', 'GET') }, anyToken()),
    path: fc.oneof(
      { weight: 3, arbitrary: fc.constant('/graphql') },
      anyBytes(60).map((query) => `/graphql?query=${query}`),
      anyBytes(60).map((query) => `/graphql?${encodeURIComponent(query)}=${encodeURIComponent(query)}`),
      anyBytes(60).map(
        (query) =>
          `/graphql?query=${encodeURIComponent('{ __typename }')}&variables=${encodeURIComponent(query)}`,
      ),
      anyBytes(20).map((path) => `/${path}`),
    ),
    headers: fc.array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(
            'content-type',
            'accept',
            'authorization',
            'origin',
            'x-request-id',
            'x-graphql-yoga-csrf',
            'accept-encoding',
            'if-none-match',
            'traceparent',
            'cookie',
            'content-encoding',
            'expect',
          ),
          anyToken(),
        ),
        fc.oneof(
          anyBytes(60),
          fc.constantFrom(
            'application/json',
            'text/html',
            '*/*',
            'application/graphql-response+json',
            'text/event-stream',
            'multipart/mixed',
            'multipart/form-data; boundary=x',
            'Basic',
            'Basic =',
            'Basic OjpA',
            'Bearer',
            'Bearer a.b.c',
            'null',
            'gzip',
          ),
        ),
      ),
      { maxLength: 6 },
    ),
    isJson: fc.boolean(),
    body: fc.oneof(
      anyBytes(200),
      fc.json().map((text) => Buffer.from(text).toString('latin1')),
      fc
        .jsonValue()
        .map((query) => JSON.stringify({ query }))
        .map((text) => Buffer.from(text).toString('latin1')),
      anyBytes(40).map((bytes) => `{"query":"{ __typename }","variables":{"a":"${bytes}"}}`),
    ),
    wrongLength: fc.constantFrom(0, 0, 0, 0, -1),
  })
  .map(({ method, path, headers, isJson, body, wrongLength }) => {
    const lines = [
      `${method} ${path} HTTP/1.1`,
      'host: service.test',
      'connection: close',
      'x-graphql-yoga-csrf: 1',
      ...(isJson ? ['content-type: application/json'] : []),
      ...headers.map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Math.max(0, body.length + wrongLength)}`,
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  });

/** Every byte as one character. */
function anyBytes(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
}

function anyToken(): fc.Arbitrary<string> {
  return fc.string({ minLength: 1, maxLength: 12 });
}

/** Sends these bytes on a connection of their own; gives what comes back until the server closes it, or hangs. */
export async function sendRaw(url: string, bytes: Buffer, patienceMs: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    // Not before: a server does not answer a client that has gone.
    socket.end();
  });
  // A server that has said no does not read on, and resets the connection.
  socket.on('error', () => {});
  socket.setTimeout(patienceMs, () => socket.destroy());
  const closed = whenClosed(socket);
  socket.write(bytes);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}
