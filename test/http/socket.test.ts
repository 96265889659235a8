import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StartError } from '../../src/config/start-error.ts';
import { listen } from '../../src/http/socket.ts';

const place = { host: '127.0.0.1', port: 0, variable: 'PORT' };
const atOnce = { grace: 0, patience: 0 };

test('a server that closes answers on every connection that the system has taken by then', async () => {
  const { address, close } = await listen((_request, response) => response.end('answered'), place);
  const clients = connectMany(address.port, 20);
  const answers = clients.map(async (client) => {
    client.write('GET / HTTP/1.1\r\nhost: service.test\r\nconnection: close\r\n\r\n');
    return await text(client);
  });
  // The system takes connections whether or not the event loop turns.
  const closed = close();
  for (const answer of await Promise.all(answers)) expect(answer).toContain('answered');
  await closed;
  const [late] = connectMany(address.port, 1);
  expect(await once(late as NodeJS.EventEmitter, 'connect').catch(({ code }) => code)).toBe('ECONNREFUSED');
});

test.runIf(process.platform === 'linux')(
  'who connects behind many others does not wait for a turn of the event loop for each of them',
  async () => {
    const { address, countConnections, close } = await listen(() => {}, place);
    const clients = connectMany(address.port, 160);
    let turns = 0;
    for (; countConnections() < clients.length; turns += 1) await turn();
    expect(turns).toBeLessThan(clients.length / 2);
    await close(atOnce);
    for (const client of clients) client.destroy();
  },
);

test('a port is not shared with another server', async () => {
  const { address, close } = await listen(() => {}, place);
  const { port } = address;
  await expect(listen(() => {}, { ...place, port })).rejects.toThrow(
    new StartError(
      `PORT is ${port}, which another process is using on 127.0.0.1: choose another one, or 0 for a free one.`,
    ),
  );
  await close(atOnce);
  const again = await listen(() => {}, { ...place, port });
  await again.close(atOnce);
});

test('a hundred headers are taken, and what has more or is no HTTP is answered by Node, without an id', async () => {
  const { address, close } = await listen(
    ({ rawHeaders }, response) => response.end(`${rawHeaders.length / 2} headers`),
    place,
  );
  const ask = async (head: string) => {
    const [client] = connectMany(address.port, 1);
    client?.write(`${head}\r\n\r\n`);
    return await text(client as Socket);
  };
  const askWith = (count: number) =>
    ask(`GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close${'\r\nx: y'.repeat(count - 2)}`);
  expect(await askWith(100)).toContain('100 headers');
  expect(await askWith(101)).toBe(
    'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n',
  );
  expect(await ask('no HTTP')).toBe('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  await close(atOnce);
});

function connectMany(port: number, count: number) {
  return Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}));
}
