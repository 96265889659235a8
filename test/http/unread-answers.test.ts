import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestCaller, type TestService, useService } from '../support/service.ts';

const held = useService('a Postgres server');
const cursors = Array.from({ length: 28 }, (_, index) => `c${index}: cursor`).join(' ');
/** Whose answer has two megabytes. */
const large = `{ badgeGroupsConnection(first: 1000) { edges { ${cursors} } } }`;

const tooMuch = {
  errors: [
    {
      message: 'Answers with 20 MB are waiting to be read; this one was not begun. Try again in a second.',
      extensions: { code: 'TOO_MANY_REQUESTS' },
    },
  ],
};

let service: TestService;
let url: URL;
let sockets: Socket[];
let caller: TestCaller;

beforeEach(async () => {
  service = held.service.with();
  url = new URL(await service.listen());
  sockets = [];
  caller = await service.addCaller();
  await service.fill(caller.orgId, 1_000);
  await post(caller);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await service.stopListening();
});

test.each([
  ['one after the other on eight connections', '/graphql', 8, 1],
  ['the same on fifteen, as Yoga sends them', '/graphql?x', 15, 1],
  ['on connections that do not wait for them', '/graphql', 8, 4],
])(
  'answers that nobody reads, %s, leave room for those of others, and for more when they are gone',
  async (_title, path, connections, atOnce) => {
    for (let index = 0; index < connections; index += 1) open();
    const request = writeRequest(path).repeat(atOnce);
    // What is counted at first is less as soon as the system has taken some of it: then more is asked for.
    for (const search of ['', '?x']) {
      await expect
        .poll(async () => {
          const refused = await post(caller, search);
          if (refused.status === 200) for (const socket of sockets) socket.write(request);
          return [refused.status, refused.headers.get('retry-after'), await refused.json()];
        })
        .toEqual([429, '1', tooMuch]);
    }
    expect((await post(await service.addCaller())).status).toBe(200);
    expect((await post(undefined)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await post(caller)).status).toBe(200);
  },
);

test('answers to clients that have gone meanwhile are not counted', async () => {
  const request = writeRequest('/graphql?x');
  for (let index = 0; index < 30; index += 1) {
    const socket = open();
    await new Promise((resolve) => socket.write(request, resolve));
    await sleep(index % 10);
    socket.destroy();
  }
  for (let index = 0; index < 12; index += 1) {
    const socket = open();
    socket.write(writeRequest('/graphql').repeat(90));
    await sleep(100);
    socket.destroy();
  }
  await expect.poll(async () => (await post(caller)).status).toBe(200);
});

test('answers to a client who was verified only for them count for its org', async () => {
  caller = await service.addCaller();
  await service.fill(caller.orgId, 1_000);
  const request = writeRequest('/graphql').repeat(4);
  for (let index = 0; index < 8; index += 1) open().write(request);
  await expect.poll(async () => (await post(caller)).json()).toEqual(tooMuch);
  expect((await post(await service.addCaller())).status).toBe(200);
});

test('the connection of an answer for which there is no room at all is closed', async () => {
  let served: Socket | undefined;
  const note = (message: unknown) => {
    ({ socket: served } = message as { socket: Socket });
  };
  subscribe('http.server.request.start', note);
  open().write(writeRequest('/graphql').repeat(90));
  await expect.poll(() => served?.destroyed).toBe(true);
  unsubscribe('http.server.request.start', note);
  await expect.poll(async () => (await post(caller)).status).toBe(200);
});

function open(): Socket {
  const socket = connect(Number(url.port), url.hostname).on('error', () => {});
  sockets.push(socket.pause());
  return socket;
}

function writeRequest(path: string): string {
  const body = JSON.stringify({ query: large });
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: service.test',
    `authorization: ${caller.authorization}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

async function post(caller: TestCaller | undefined, search = ''): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(caller && { authorization: caller.authorization }),
  };
  const body = JSON.stringify({ query: '{ __typename }' });
  return await fetch(`${url.href}${search}`, { method: 'POST', headers, body });
}
