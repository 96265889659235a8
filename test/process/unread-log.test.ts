import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { spawnService } from '../support/process.ts';
import { useService } from '../support/service.ts';
import {
  openBrokenPipe,
  openFullDisk,
  openStalledPipe,
  type UnreadOutput,
} from '../support/unread-output.ts';

const outputs: [string, () => Promise<UnreadOutput>][] = [
  ['whose disk is full', openFullDisk],
  ['whose reader stands still', openStalledPipe],
  ['whose reader is gone', openBrokenPipe],
];

/**
 * The first SIGTERM comes again when it no longer counts as the same; when that was is said on stderr. From within,
 * because a busy machine may take its time until the service has read the first.
 */
const secondSignal = `
  import { writeSync } from 'node:fs';
  process.once('SIGTERM', () => {
    setTimeout(() => {
      writeSync(2, String(Date.now()));
      process.kill(process.pid, 'SIGTERM');
    }, 600);
  });`;

describe.concurrent('a service process with a log', () => {
  const held = useService('a Postgres server');

  test.each(outputs)('%s answers, stops on SIGTERM and exits with 0', async (_title, open) => {
    await using output = await open();
    await using service = await start(output);
    for (let index = 0; index < 50; index += 1) {
      expect((await service.execute('{ __typename }')).status).toBe(200);
    }
    const stoppedFrom = performance.now();
    expect(await service.stop()).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(performance.now() - stoppedFrom).toBeLessThan(4_000);
  });

  test.each(outputs)('%s ends at once on a second signal', async (_title, open) => {
    await using output = await open();
    await using service = await start(output, secondSignal);
    const client = await beginRequest(service.url);
    const { exit, stderr: signalledAt } = await service.stop();
    expect(exit).toBe(143);
    expect(Date.now() - Number(signalledAt)).toBeLessThan(1_000);
    client.destroy();
  });

  test('whose reader goes on after a while loses no line of what it could hold', async () => {
    await using output = await openStalledPipe();
    await using service = await start(output);
    const ids = Array.from({ length: 200 }, (_, index) => `request-${index}`);
    for (const id of ids) await service.execute('{ __typename }', {}, { 'x-request-id': id });
    let text = output.read();
    service.kill('SIGTERM');
    await service.ended;
    text += output.read();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.flatMap(({ requestId }) => requestId ?? [])).toEqual(ids);
    expect(lines.map(({ msg }) => msg)).toEqual([
      expect.stringContaining(service.url),
      ...ids.map(() => 'request'),
      expect.stringContaining('SIGTERM: answering'),
      'Stopped',
    ]);
  });

  test('has every line of what came before a crash, which is told on stderr', async () => {
    await using service = spawnService(
      { DATABASE_URL: held.service.databaseUrl },
      { preload: `process.on('SIGUSR2', () => { throw new Error('crash-4711'); });` },
    );
    service.url = (await service.printed(/GraphQL and GraphiQL on (http:\S+?)"/))[1] as string;
    const requests = Array.from({ length: 200 }, () => service.execute('{ __typename }'));
    await Promise.all(requests);
    service.kill('SIGUSR2');
    const { exit, stdout, stderr } = await service.ended;
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^Error: crash-4711\n {4}at /);
    expect(stdout.match(/"msg":"request"/g)).toHaveLength(200);
  });

  /** A service on a port that it need not tell. */
  async function start({ fd }: UnreadOutput, preload = '') {
    const port = await findFreePort();
    const service = spawnService(
      { DATABASE_URL: held.service.databaseUrl, PORT: String(port) },
      { output: fd, preload },
    );
    service.url = `http://127.0.0.1:${port}/graphql`;
    // Not by a poll of `expect`, which is of one test: these run side by side.
    await vi.waitFor(async () => expect((await fetch(new URL('/health', service.url))).ok).toBe(true), {
      timeout: 20_000,
    });
    return service;
  }
});

async function findFreePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A request of which the service waits for the body. */
async function beginRequest(url: string): Promise<Socket> {
  const { host, hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  const head = ['POST /graphql HTTP/1.1', `host: ${host}`, 'content-length: 10', 'expect: 100-continue'];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  return socket;
}
