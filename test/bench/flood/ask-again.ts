import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Task {
  readonly url: string;
  /** One for each connection, in turn; none for connections that send nothing. */
  readonly authorizations: readonly string[];
  /** In which `@name@` is another one each time. */
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface Figures {
  /** Answered with data alone. */
  readonly done: number;
  readonly refused: number;
  /** Of those done, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The longest, in milliseconds. */
  readonly refusedAfter: number;
}

/** Asks by connections each of which asks again once it is answered. */
export async function askAgain({ url, authorizations, body, connections, seconds }: Task): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  let refused = 0;
  let refusedAfter = 0;

  async function ask(index: number): Promise<void> {
    const authorization = authorizations[index % authorizations.length] ?? '';
    for (let turn = 0; performance.now() < end; turn += 1) {
      const askedAt = performance.now();
      const sent = body.replace('@name@', `Flood ${index} ${turn} ${askedAt}`);
      const { status, answer } = await post(url, agent, authorization, sent);
      const ms = performance.now() - askedAt;
      if (status === 200 && !answer.includes('"errors"')) {
        times.push(ms);
      } else {
        refused += 1;
        refusedAfter = Math.max(refusedAfter, ms);
      }
    }
  }

  if (authorizations.length === 0) await stayConnected(url, connections, seconds);
  else await Promise.all(Array.from({ length: connections }, (_, index) => ask(index)));
  agent.destroy();
  times.sort((one, other) => one - other);
  const quantile = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { done: times.length, refused, p50: quantile(0.5), p99: quantile(0.99), refusedAfter };
}

async function post(url: string, agent: Agent, authorization: string, body: string) {
  const headers = {
    authorization,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return await new Promise<{ status: number | undefined; answer: string }>((resolve, reject) => {
    request(url, { method: 'POST', agent, headers }, async (response) => {
      resolve({ status: response.statusCode, answer: await text(response) });
    })
      .on('error', reject)
      .end(body);
  });
}

async function stayConnected(url: string, connections: number, seconds: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: connections }, () =>
    connect(Number(port), hostname).on('error', () => {}),
  );
  await sleep(seconds * 1_000);
  for (const socket of sockets) socket.destroy();
}
