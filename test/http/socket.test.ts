import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { closeServer, listen } from '../../src/http/socket.ts';

test('a server that closes answers on every connection that the system has taken by then', async () => {
  const place = { host: '127.0.0.1', port: 0, variable: 'PORT' };
  const server = await listen((_request, response) => response.end('answered'), place);
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'));
  const answers = clients.map(async (client) => {
    client.write('GET / HTTP/1.1\r\nhost: service.test\r\nconnection: close\r\n\r\n');
    return await text(client);
  });
  // The system takes connections whether or not the event loop turns.
  const closed = closeServer(server);
  for (const answer of await Promise.all(answers)) expect(answer).toContain('answered');
  await closed;
  const late = connect(port, '127.0.0.1');
  expect(await once(late, 'connect').catch(({ code }) => code)).toBe('ECONNREFUSED');
});
