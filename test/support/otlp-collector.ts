import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Span {
  /** The package that has made it. */
  readonly scope: string;
  readonly name: string;
  readonly id: string;
  readonly traceId: string;
  readonly parentId: string;
  readonly kind: 'internal' | 'server' | 'client' | undefined;
}

export interface Collector {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT would hold. */
  readonly url: string;
  readonly paths: string[];
  readonly spans: Span[];
  /** All that it has been sent, every byte as one character. */
  readonly received: () => string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Takes traces by OTLP over HTTP, in its binary form. */
export async function startCollector(): Promise<Collector> {
  const paths: string[] = [];
  const bodies: Buffer[] = [];
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    paths.push(request.url ?? '');
    bodies.push(body);
    spans.push(...readSpans(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    spans,
    received: () => Buffer.concat(bodies).toString('latin1'),
    async [Symbol.asyncDispose]() {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The numbers are those of opentelemetry-proto's trace.proto. */
function readSpans(request: Buffer): Span[] {
  return readFields(request, 1).flatMap((resourceSpans) =>
    readFields(resourceSpans, 2).flatMap((scopeSpans) => {
      const scope = String(readFields(readFields(scopeSpans, 1)[0], 1)[0]);
      return readFields(scopeSpans, 2).map((span) => ({
        scope,
        name: String(readFields(span, 5)[0]),
        traceId: readFields(span, 1)[0]?.toString('hex') ?? '',
        id: readFields(span, 2)[0]?.toString('hex') ?? '',
        parentId: readFields(span, 4)[0]?.toString('hex') ?? '',
        kind: ([undefined, 'internal', 'server', 'client'] as const)[readFields(span, 6)[0]?.[0] ?? 0],
      }));
    }),
  );
}

/** The values of a field of a protobuf message: those that have a length, and small numbers, each as a byte. */
function readFields(message: Buffer = Buffer.alloc(0), number: number): Buffer[] {
  const values: Buffer[] = [];
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = readVarint();
    const kind = key % 8;
    if (kind === 0) {
      const value = readVarint();
      if (key >> 3 === number) values.push(Buffer.of(value));
    } else if (kind === 2) {
      const length = readVarint();
      if (key >> 3 === number) values.push(message.subarray(at, at + length));
      at += length;
    } else at += kind === 1 ? 8 : 4;
  }
  return values;
}
