import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bodyLimits } from '../../src/http/held-bodies.ts';
import { basic, type TestCaller, useService } from '../support/service.ts';
import { whenClosed } from '../support/socket.ts';

const held = useService('a Postgres server');
const query = '{ __typename }';
const large = JSON.stringify({ query: `${query} #${'a'.repeat(bodyLimits.largest - 100)}` });
/** As many as there is room for of one party. */
const most = Math.floor(bodyLimits.ofParty / large.length);
const byLength = `content-length: ${large.length}`;
const inChunks = 'transfer-encoding: chunked';

let url: URL;
let sockets: Socket[];
/** Their other ends, once each has sent the head of a request. */
let served: Set<Socket>;
const noteServed = (message: unknown) => served.add((message as { socket: Socket }).socket);

beforeEach(async () => {
  url = new URL(await held.service.listen());
  sockets = [];
  served = new Set();
  subscribe('http.server.request.start', noteServed);
});

afterEach(async () => {
  vi.restoreAllMocks();
  unsubscribe('http.server.request.start', noteServed);
  for (const socket of sockets) socket.destroy();
  await held.service.stopListening();
});

test.each([
  ['say how long they are', byLength],
  ['do not say it', inChunks],
])(
  'bodies that %s and do not end leave room for small ones and for those of others, and for more when they are gone',
  async (_title, header) => {
    const caller = await held.service.addCaller();
    await caller.list();
    const body = large.slice(0, -1);
    for (let index = 0; index < most; index += 1) {
      begin(header, header === inChunks ? writeChunk(body) : body);
    }
    await expect.poll(async () => (await post(large)).status).toBe(429);
    // By the door, and by Yoga.
    for (const refused of [await post(large), await post(large, undefined, '?x')]) {
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
      expect(await refused.json()).toEqual({
        errors: [
          {
            message:
              'Requests with 10 MB of bodies are under way; this one was not begun. Try again in a second.',
            extensions: { code: 'TOO_MANY_REQUESTS' },
          },
        ],
      });
    }
    expect((await post(JSON.stringify({ query }))).status).toBe(200);
    expect((await post(large, caller)).status).toBe(200);

    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await post(large)).status).toBe(200);
    // Nothing of those that are answered is counted.
    for (let time = 0; time <= most; time += 1) expect((await post(large)).status).toBe(200);
  },
);

test('a body in chunks counts for as much as has come of it', async () => {
  for (let index = 0; index < 2 * most; index += 1) begin(inChunks, writeChunk('{'));
  await whenRead();
  expect((await post(large)).status).toBe(200);
});

test.each(['/graphql', '/graphql?x'])(
  'a body that comes to %s byte by byte takes no more memory for that',
  async (path) => {
    const bytes = Array.from(large.slice(0, 20_000), writeChunk).join('');
    const before = measureMemory();
    for (let index = 0; index < 10; index += 1) begin(inChunks, bytes, path);
    await whenRead();
    expect(measureMemory() - before).toBeLessThan(5_000_000);
  },
);

test('who sends on before there is an answer is cut off where he would take all that there is for his party', async () => {
  const socket = begin('content-length: 2', '{}');
  const closed = whenClosed(socket);
  socket.write(`${writeHead('content-length: 2')}{}`.repeat(5_000));
  await closed;
  await expect.poll(async () => (await post(large)).status).toBe(200);
});

test('bodies of newcomers leave room for those of a client that was verified a while ago', async () => {
  const caller = await held.service.addCaller();
  await caller.list();
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 11_000);
  const unknown = `authorization: ${basic('unknown', 'unknown')}`;
  for (let index = 0; index <= most; index += 1) begin(`${unknown}\r\n${byLength}`, large.slice(0, -1));
  await whenRead();
  expect((await post(large, caller)).status).toBe(200);
});

/** A request, of whose body this comes. */
function begin(header: string, body: string, path?: string): Socket {
  const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true }).on('error', () => {});
  sockets.push(socket);
  socket.write(writeHead(header, path) + body);
  return socket;
}

function writeHead(header: string, path = '/graphql'): string {
  return `POST ${path} HTTP/1.1\r\nhost: service.test\r\ncontent-type: application/json\r\n${header}\r\n\r\n`;
}

function writeChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

async function whenRead(): Promise<void> {
  const sum = (all: Iterable<Socket>, name: 'bytesRead' | 'bytesWritten') =>
    [...all].reduce((bytes, socket) => bytes + socket[name], 0);
  await expect.poll(() => sum(served, 'bytesRead')).toBe(sum(sockets, 'bytesWritten'));
}

/** What is in use, in bytes. */
function measureMemory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function post(body: string, caller?: TestCaller, search = ''): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(caller && { authorization: caller.authorization }),
  };
  return await fetch(`${url.href}${search}`, { method: 'POST', headers, body });
}
