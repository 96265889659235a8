import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';
import { whenClosed } from '../support/socket.ts';

const limits = { headers: 150, request: 300, silence: 400, keepAlive: 200, check: 50, connections: 2 };

describe('a client that', () => {
  const held = useService('the embedded database');
  let url: URL;

  beforeEach(async () => {
    url = new URL(await held.service.listen(limits));
  });

  afterEach(async () => {
    await expect.poll(getHealth).toBe(200);
    await held.service.stopListening();
  });

  test('sends nothing is cut off', async () => {
    const socket = await open();
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('does not end its headers is cut off, however often it adds one', async () => {
    const socket = await open();
    socket.write('POST /graphql HTTP/1.1\r\nhost: service.test\r\n');
    await expectCutOff(socket, 'x-drip: 1\r\n');
  });

  test('does not end its body is cut off, however often it adds to it', async () => {
    const socket = await open();
    socket.write('POST /graphql HTTP/1.1\r\nhost: service.test\r\ncontent-type: application/json\r\n');
    socket.write('content-length: 1000\r\n\r\n');
    await expectCutOff(socket, ' ');
  });

  test('does not read its answers is cut off, which makes room for others', async () => {
    const page = 'GET /graphql HTTP/1.1\r\nhost: service.test\r\naccept: text/html\r\n\r\n';
    for (let count = 0; count < limits.connections; count += 1) {
      const socket = await open();
      socket.write(page.repeat(20));
      await once(socket, 'readable');
    }
    await expect.poll(getHealth, { timeout: 5_000 }).toBe(200);
  });

  test.each([
    ['names a host that is none', 'GET /health HTTP/1.1\r\nhost: [bad'],
    ['names a port that is none', 'GET http://x:99999/health HTTP/1.1\r\nhost: service.test'],
    ['asks for no path', 'OPTIONS * HTTP/1.1\r\nhost: service.test'],
  ])('%s is told that the request is bad, and nothing else', async (_title, head) => {
    const socket = await open();
    socket.write(`${head}\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toMatch(/error|\.[jt]s/i);
  });

  test('asks for nothing more is cut off, and may ask again before that', async () => {
    const socket = await open();
    for (let request = 0; request < 2; request += 1) {
      socket.write('GET /health HTTP/1.1\r\nhost: service.test\r\n\r\n');
      expect(String((await once(socket, 'data'))[0])).toContain('200 OK');
    }
    await text(socket);
  });

  test('opens too many connections has the last ones closed, and finds room when others have gone', async () => {
    // Connections that stay, however long the machine takes to open the third.
    await held.service.stopListening();
    const long = 60_000;
    url = new URL(
      await held.service.listen({ ...limits, headers: long, request: long, silence: long, keepAlive: long }),
    );
    const first = await openAndAsk();
    await openAndAsk();
    const third = await ask('connection: close\r\n');
    // It is reset where what it sends has arrived by then.
    expect(await text(third).catch(({ code }) => code)).toMatch(/^(ECONNRESET)?$/);
    first.destroy();
    await expect.poll(async () => await text(await ask('connection: close\r\n'))).toContain('alive');
  });

  /** Writes until the service closes the connection; what it says last may be lost, as we write into the closing one. */
  async function expectCutOff(socket: Socket, drop: string): Promise<void> {
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    const closed = whenClosed(socket);
    const drip = setInterval(() => socket.write(drop), 20);
    await closed;
    clearInterval(drip);
    expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
  }

  async function getHealth(): Promise<number> {
    return (await fetch(new URL('/health', url), { headers: { connection: 'close' } })).status;
  }

  async function open(): Promise<Socket> {
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  async function ask(headers = ''): Promise<Socket> {
    const socket = await open();
    socket.write(`GET /health HTTP/1.1\r\nhost: service.test\r\n${headers}\r\n`);
    return socket;
  }

  async function openAndAsk(): Promise<Socket> {
    const socket = await ask();
    await once(socket, 'data');
    return socket;
  }
});
