import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bodyLimits } from '../../src/http/held-bodies.ts';
import { limits } from '../../src/http/operation/limits.ts';
import { type TestCaller, useService } from '../support/service.ts';

const held = useService('a Postgres server');
const query = '{ __typename }';
const large = JSON.stringify({ query: `${query} #${'a'.repeat(limits.bodySize - 100)}` });
/** As many as there is room for of one party. */
const most = Math.floor(bodyLimits.ofParty / large.length);
const byLength = `content-length: ${large.length}`;
const inChunks = 'transfer-encoding: chunked';

let url: URL;
let sockets: Socket[];

beforeEach(async () => {
  url = new URL(await held.service.listen());
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await held.service.stopListening();
});

test.each([
  ['say how long they are', byLength],
  ['do not say it', inChunks],
])(
  'bodies that %s and do not arrive leave room for small ones and for those of others, and for more when they are gone',
  async (_title, header) => {
    const caller = await held.service.addCaller();
    await caller.list();
    for (let index = 0; index < most; index += 1) begin(header);
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

/** A request without most of its body. */
function begin(header: string): void {
  const head = `POST /graphql HTTP/1.1\r\nhost: service.test\r\ncontent-type: application/json\r\n${header}\r\n\r\n`;
  const socket = connect(Number(url.port), url.hostname).on('error', () => {});
  sockets.push(socket);
  socket.write(`${head}${header === inChunks ? '1\r\n{\r\n' : '{'}`);
}

async function post(body: string, caller?: TestCaller, search = ''): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(caller && { authorization: caller.authorization }),
  };
  return await fetch(`${url.href}${search}`, { method: 'POST', headers, body });
}
