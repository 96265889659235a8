import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

/** What a server says instead of taking the connection. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

interface Options {
  /** Absent: it has no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

const sslRequest = 80877103;

/** A server of the Postgres protocol that refuses every connection with the same error, as poolers and Postgres do. */
export async function openRefusingServer({ code, message }: Refusal, { tls }: Options = {}) {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, `M${message}`, ''];
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);

  function answer(socket: Socket): void {
    socket.on('error', () => {});
    socket.once('data', (packet: Buffer) => {
      if (packet.readInt32BE(4) !== sslRequest) socket.end(Buffer.concat([head, body]));
      else if (tls === undefined) {
        socket.write('N');
        answer(socket);
      } else {
        socket.write('S');
        answer(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(tls) }));
      }
    });
  }

  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `postgres://badge:hunter2@127.0.0.1:${port}/groups`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
