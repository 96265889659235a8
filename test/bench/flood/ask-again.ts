import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, Observed } from './observed.ts';
import { Carrier, writeRequest } from './requests.ts';

export interface Task {
  readonly url: string;
  /** One for each connection, in turn; none for connections that send nothing. */
  readonly authorizations: readonly string[];
  /** In which `@name@` is another one each time, and each `@rank@` another number. */
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

/** Asks by connections each of which asks again once it is answered. */
export async function askAgain({ url, authorizations, body, connections, seconds }: Task): Promise<Figures> {
  const end = performance.now() + seconds * 1_000;
  const observed = new Observed();

  async function ask(index: number): Promise<void> {
    const carrier = new Carrier(url);
    const authorization = authorizations[index % authorizations.length] ?? '';
    for (let turn = 0; performance.now() < end; turn += 1) {
      const askedAt = performance.now();
      const sent = body
        .replace('@name@', `Flood ${index} ${turn} ${askedAt}`)
        .replaceAll('@rank@', String(connections * turn + index));
      observed.add(await carrier.send(writeRequest(url, authorization, sent)), performance.now() - askedAt);
    }
    carrier.close();
  }

  if (authorizations.length === 0) await stayConnected(url, connections, seconds);
  else await Promise.all(Array.from({ length: connections }, (_, index) => ask(index)));
  return observed.summarise(seconds);
}

async function stayConnected(url: string, connections: number, seconds: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: connections }, () =>
    connect(Number(port), hostname).on('error', () => {}),
  );
  await sleep(seconds * 1_000);
  for (const socket of sockets) socket.destroy();
}
