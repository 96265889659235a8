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
  /** Leads to another server from now on, as an address that moves: breaks the connections to the one before. */
  leadTo(databaseUrl: string): void;
}

export async function openRelay(databaseUrl: string): Promise<Relay> {
  const url = new URL(databaseUrl);
  let target = findAddress(url);
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
  const breakConnections = (): void => {
    for (const socket of sockets.keys()) socket.destroy();
  };
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
      breakConnections();
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
    leadTo(other) {
      target = findAddress(new URL(other));
      breakConnections();
    },
  };
}

function findAddress({ hostname, port }: URL): { host: string; port: number } {
  return { host: hostname, port: Number(port || 5432) };
}
