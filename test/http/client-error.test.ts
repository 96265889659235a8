import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

const held = useService('a Postgres server');
let url: URL;

beforeAll(async () => {
  url = new URL(await held.service.listen());
});

afterAll(() => held.service.stopListening());

/** All that comes back on a connection to which these pieces go. */
async function send(...pieces: string[]): Promise<string> {
  const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
  for (const piece of pieces) socket.write(piece);
  return await text(socket);
}

const broken = 'GET /graphql HTTP/1.1\r\nno header\r\n\r\n';
const badRequest = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

test.each<[string, (create: string) => string[]]>([
  ['is no HTTP, in one piece with it', (create) => [`${create}garbage\r\n\r\n`]],
  ['is no HTTP, in pieces behind it', (create) => [create, 'garbage\r\n\r\n', broken]],
  ['is a broken request', (create) => [create + broken]],
  ['are two blanks', (create) => [`${create}  `]],
])('what follows a whole request, and %s, does not take the place of its answer', async (_title, write) => {
  const caller = await held.service.addCaller();
  const body = JSON.stringify({
    query: 'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename } }',
  });
  const head = [
    'POST /graphql HTTP/1.1',
    `host: ${url.host}`,
    `authorization: ${caller.authorization}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  const answer = await send(...write(`${head.join('\r\n')}\r\n\r\n${body}`));
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\{"data":\{"createBadgeGroup":\{"__typename":"BadgeGroup"\}\}\}$/);
  expect(await caller.list()).toMatchObject([{ name: 'Gold' }]);
});

test.each([
  ['by itself', broken],
  [
    'in its body',
    `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
  ],
])('a request that is broken %s is 400', async (_title, request) => {
  expect(await send(request)).toBe(badRequest);
});

test('one whose chunks have too much to say of themselves is 413, one of too many headers 431', async () => {
  const chunk = `1;${'a'.repeat(20_000)}\r\n{\r\n`;
  const head = 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
  expect(await send(`${head}transfer-encoding: chunked\r\n\r\n${chunk}`)).toMatch(/^HTTP\/1\.1 413 /);
  expect(await send(`${head}${'x: y\r\n'.repeat(100)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});
