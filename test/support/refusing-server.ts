import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
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
export async function openRefusingServer(refusal: Refusal, { tls }: Options = {}) {
  const error = writeError(refusal);

  function answer(socket: Socket): void {
    socket.on('error', () => {});
    socket.once('data', (packet: Buffer) => {
      if (packet.readInt32BE(4) !== sslRequest) socket.end(error);
      else if (tls === undefined) {
        socket.write('N');
        answer(socket);
      } else {
        socket.write('S');
        answer(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(tls) }));
      }
    });
  }

  const server = createServer(answer);
  return {
    url: `postgres://badge:hunter2@127.0.0.1:${await listen(server)}/groups`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Stands before a Postgres server and refuses connections that begin with this parameter, as PgBouncer does. */
export async function openParameterRefuser(databaseUrl: string, parameter: string) {
  const url = new URL(databaseUrl);
  const { hostname: host, port } = url;
  let refused = 0;
  const server = createServer((near) => {
    near.on('error', () => {});
    near.once('data', (packet: Buffer) => {
      if (packet.includes(`\0${parameter}\0`)) {
        refused += 1;
        near.end(writeError({ code: '08P01', message: `unsupported startup parameter: ${parameter}` }));
        return;
      }
      const far = connect(Number(port), host);
      far.on('error', () => near.destroy());
      far.write(packet);
      near.pipe(far).pipe(near);
    });
  });
  url.port = String(await listen(server));
  return {
    url: url.href,
    refusals: () => refused,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

function writeError({ code, message }: Refusal): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, `M${message}`, ''];
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** On a free port, which it returns. */
async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}
