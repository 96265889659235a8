import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands before a Postgres server, so that a test can take it away and bring it back. */
export interface Relay {
  /** The URL by which the server is reached through the relay. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Breaks the connection on which the server answers next, without its answer. */
  loseNextAnswer(): void;
  /** Carries nothing any more on the connections that there are, as when a host vanishes; new ones are carried. */
  silence(): void;
  mend(): Promise<void>;
}

export async function openRelay(databaseUrl: string): Promise<Relay> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const sockets = new Map<Socket, Socket>();
  let losesAnswer = false;
  const server = createServer((near) => {
    const far = connect(target);
    // Before the pipe, which then has nowhere to write it.
    far.on('data', () => {
      if (losesAnswer) near.destroy();
      losesAnswer = false;
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.set(socket, other);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  };
  const port = await listen(0);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    async cut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets.keys()) socket.destroy();
      await closed;
    },
    loseNextAnswer() {
      losesAnswer = true;
    },
    silence() {
      for (const [socket, other] of sockets) socket.unpipe(other);
    },
    async mend() {
      await listen(port);
    },
  };
}
