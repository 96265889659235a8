import { connect, type Socket } from 'node:net';

/** What an answer says: data alone, 429, or anything else. */
export type Outcome = 'done' | 'refused' | 'failed';

/** A POST of JSON, as it goes over the wire. */
export function writeRequest(url: string, authorization: string, body: string): string {
  const { host, pathname } = new URL(url);
  const headers = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    ...(authorization ? [`authorization: ${authorization}`] : []),
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * A connection that carries one request after the other. It reads no more of an answer than it must: whoever sends a
 * flood has a core to share, and would otherwise measure its own hurry.
 */
export class Carrier {
  readonly #url: URL;
  #socket: Socket | undefined;
  #answer: { head: string; status: number; outcome: Outcome; left: number } | undefined;
  #resolve: ((outcome: Outcome) => void) | undefined;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Resolves with what became of it, once the whole answer has arrived. */
  async send(request: string): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#resolve = resolve;
    this.#answer = undefined;
    this.#socket ??= this.#open();
    this.#socket.write(request);
    return await promise;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const { hostname, port } = this.#url;
    return connect({ host: hostname, port: Number(port), noDelay: true })
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .on('error', () => {})
      .on('close', () => {
        this.#socket = undefined;
        this.#resolve?.('failed');
      });
  }

  #read(chunk: Buffer): void {
    this.#answer ??= { head: '', status: 0, outcome: 'failed', left: 0 };
    const answer = this.#answer;
    if (answer.status === 0) {
      const seen = answer.head.length;
      // The head, and the first bytes of the body.
      answer.head += chunk.toString('latin1', 0, 2_000);
      const end = answer.head.indexOf('\r\n\r\n') + '\r\n\r\n'.length;
      if (end < '\r\n\r\n'.length) return;
      answer.status = Number(answer.head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
      const length = /\r\ncontent-length: (\d+)/i.exec(answer.head)?.[1];
      if (length === undefined) throw new Error(`An answer without a length:\n${answer.head}`);
      const hasData = answer.head.startsWith('{"data":', end);
      if (answer.status === 429) answer.outcome = 'refused';
      else if (answer.status === 200 && hasData) answer.outcome = 'done';
      answer.left = Number(length) + end - seen;
    }
    answer.left -= chunk.length;
    if (answer.left <= 0) this.#resolve?.(answer.outcome);
  }
}
