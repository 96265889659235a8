import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type Config, readConfig } from '../../src/config/config.ts';
import type { Db } from '../../src/database/database.ts';
import type { Stage } from '../../src/http/health.ts';
import type { Begun } from '../../src/http/passage.ts';
import { createServer, type HttpServer } from '../../src/http/server.ts';
import { httpLimits, type Listening, listen } from '../../src/http/socket.ts';
import { Turns } from '../../src/http/turns/turns.ts';
import { fetchThroughDoor } from './door.ts';

export interface Sent {
  readonly by: 'the door' | 'Yoga';
  /** What Yoga was handed of it. */
  readonly begun: Begun | undefined;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  readonly body: unknown;
  /** Of the first error in it. */
  readonly code: unknown;
}

/** A server that says who has answered. What its door answers, Yoga has to answer alike, from what was begun. */
export class WatchedDoor {
  /** The lines it has logged, parsed. */
  readonly log: Record<string, unknown>[] = [];
  /** What became of the bodies of those whom the door recognised. */
  readonly passages: ('answered' | 'handed over')[] = [];
  stage: Stage = 'serving';
  readonly #server: HttpServer;
  readonly #judge: HttpServer;
  #socket: Listening | undefined;

  constructor(db: Db, config: Partial<Config> = {}, turns = new Turns(10)) {
    const lines = new Writable({
      write: (chunk, _encoding, done) => {
        this.log.push(JSON.parse(String(chunk)));
        done();
      },
    });
    const options = {
      config: { ...readConfig({ TZ: 'UTC' }), ...config },
      db,
      turns,
      findStage: () => this.stage,
    };
    this.#server = createServer({ ...options, logger: pino(lines) });
    this.#judge = createServer({ ...options, logger: pino({ level: 'silent' }) });
    const { door } = this.#server;
    const { answer } = door;
    door.answer = async (visitor, body) => {
      const passage = await answer(visitor, body);
      if (visitor.caller) this.passages.push(passage === 'answered' ? passage : 'handed over');
      return passage;
    };
  }

  /** As the listener leads it. */
  async send(init: RequestInit, path = '/graphql'): Promise<Sent> {
    let by: Sent['by'] = 'the door';
    let begun: Begun | undefined;
    const fetch: HttpServer['fetch'] = (url, init, given) => {
      by = 'Yoga';
      begun = given && 'outcomes' in given ? (given as Begun) : undefined;
      return this.#server.fetch(url, init, given);
    };
    const response = await fetchThroughDoor({ ...this.#server, fetch }, locate(path), init, this.#judge);
    return { by, begun, ...(await read(response)) };
  }

  /** Past the door. */
  async ask(init: RequestInit, path = '/graphql'): Promise<Sent> {
    return {
      by: 'Yoga',
      begun: undefined,
      ...(await read(await this.#server.fetch(locate(path), init))),
    };
  }

  /** Opens a socket, and returns where GraphQL is on it. */
  async listen(): Promise<URL> {
    const place = { host: '127.0.0.1', port: 0, variable: 'PORT' };
    this.#socket = await listen(this.#server.listener, place, httpLimits);
    return new URL(`http://127.0.0.1:${this.#socket.address.port}/graphql`);
  }

  countConnections(): number {
    return this.#socket?.countConnections() ?? 0;
  }

  async stopListening(): Promise<void> {
    await this.#socket?.close({ grace: 0, patience: 0 });
    this.#socket = undefined;
  }
}

function locate(path: string): URL {
  return new URL(path, 'http://service.test');
}

async function read(response: Response): Promise<Omit<Sent, 'by' | 'begun'>> {
  const { status, headers } = response;
  const text = await response.text();
  const body = headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  return { status, headers, text, body, code: body?.errors?.[0]?.extensions?.code };
}

/** A POST of JSON by a caller. */
export function post(
  { authorization }: { readonly authorization: string },
  params: object,
  headers: Record<string, string> = {},
): { method: string; headers: Record<string, string>; body: string } {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, ...headers },
    body: JSON.stringify(params),
  };
}
