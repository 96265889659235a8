import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import {
  isRefused,
  root,
  ServiceProcess,
  scripts,
  spawnService,
  TestProcess,
  toModule,
} from '../support/process.ts';
import { type TestCaller, useService } from '../support/service.ts';
import { openStalledPipe } from '../support/unread-output.ts';

/** A poll of `expect` is of one test, and these run side by side. */
const patiently = { timeout: 10_000 };

describe.concurrent('a service process', () => {
  const held = useService('a Postgres server');
  const start = (env: NodeJS.ProcessEnv = {}) =>
    ServiceProcess.start({ DATABASE_URL: held.service.databaseUrl, ...env });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'answers what is in flight on %s, even one that comes twice, and exits with 0',
    async (signal) => {
      // From within, because a busy machine may take longer than the half second for which it is one signal still.
      const NODE_OPTIONS = `--import ${join(root, 'test/support/second-signal.ts')}`;
      await using service = await start({ NODE_OPTIONS });
      const caller = await held.service.addCaller();
      const create = await beginCreate(service, caller);
      service.kill(signal);
      await service.printed(new RegExp(`${signal}: answering`));
      await vi.waitFor(async () => expect(await isRefused(service.url)).toBe(true), patiently);

      expect(await create.finish()).toEqual({ data: { createBadgeGroup: { __typename: 'BadgeGroup' } } });
      const answeredAt = performance.now();
      expect(await service.ended).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining('Stopped'),
        stderr: '2',
      });
      expect(performance.now() - answeredAt).toBeLessThan(5_000);
      expect(await caller.list()).toMatchObject([{ name: 'Gold' }]);
    },
  );

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at once on a second %s, with exit code %i', async (signal, code) => {
    await using service = await start();
    const caller = await held.service.addCaller();
    const create = await beginCreate(service, caller);
    service.kill(signal);
    await service.printed(new RegExp(`${signal}: answering`));
    // For half a second a second signal counts as the first one, counted from when the service has read that.
    const again = setInterval(() => service.kill(signal), 600);

    expect((await service.ended).exit).toBe(code);
    clearInterval(again);
    await expect(create.finish()).rejects.toThrow();
    expect(await caller.list()).toEqual([]);
  });

  test('waits for no thread that is stuck, on a disk or in the look-up of a name', async () => {
    await using output = await openStalledPipe();
    const preload = `
      import { createWriteStream } from 'node:fs';
      createWriteStream('/dev/fd/3').write('stuck');`;
    await using service = spawnService(
      { DATABASE_URL: held.service.databaseUrl },
      { preload, more: output.fd },
    );
    await service.printed(/GraphQL and GraphiQL on/);
    const stoppedFrom = performance.now();
    expect(await service.stop()).toMatchObject({ exit: 0, stdout: expect.stringContaining('Stopped') });
    expect(performance.now() - stoppedFrom).toBeLessThan(4_000);
  });

  test('goes on for SHUTDOWN_DELAY, but says that it is not ready; then it refuses, and stops', async () => {
    await using service = await start({ SHUTDOWN_DELAY: '1', METRICS_PORT: '0' });
    const caller = (await held.service.addCaller()).authorization;
    const [, metrics = ''] = await service.printed(/Metrics are on (http:\S+?)"/);
    const ask = (url: string | URL) => fetchOnce(url, caller);
    expect(await ask(new URL('/ready', service.url))).toEqual({ status: 200, connection: 'keep-alive' });
    const stoppedFrom = performance.now();
    service.kill('SIGTERM');
    await service.printed(/SIGTERM: not ready any more, listening on for 1 s, then answering/);
    expect(await ask(new URL('/ready', service.url))).toEqual({ status: 503, connection: 'keep-alive' });
    expect(await ask(metrics)).toMatchObject({ status: 200 });

    let answered = 0;
    for (let error: unknown; error === undefined; ) {
      const answer = await ask(`${service.url}?query={__typename}`).catch((refused) => {
        error = refused.code;
        // The latter where it comes in the very moment.
        expect(['ECONNREFUSED', 'ECONNRESET']).toContain(error);
      });
      if (answer) answered += 1;
      if (answer) expect(answer.status).toBe(200);
    }
    expect(answered).toBeGreaterThan(0);
    expect(performance.now() - stoppedFrom).toBeGreaterThan(1_000);
    expect(await service.ended).toMatchObject({ exit: 0, stdout: expect.stringContaining('Stopped') });
  });

  test('ends at once on a second signal during SHUTDOWN_DELAY, too', async () => {
    await using service = await start({ SHUTDOWN_DELAY: '300' });
    service.kill('SIGTERM');
    await service.printed(/SIGTERM: not ready any more/);
    const again = setInterval(() => service.kill('SIGTERM'), 600);
    expect((await service.ended).exit).toBe(143);
    clearInterval(again);
  });

  test.each([
    ['25 s', '0', 25],
    ['25 s and SHUTDOWN_DELAY', '1', 26],
  ])(
    'that cannot stop ends after %s all the same, says so, and exits with 1',
    async (_title, delay, patience) => {
      const preload = `
      import timers from 'node:timers/promises';
      import { syncBuiltinESMExports } from 'node:module';
      const sleep = timers.setTimeout;
      timers.setTimeout = (ms, ...rest) => sleep(ms === ${patience}_000 ? 300 : ms, ...rest);
      syncBuiltinESMExports();`;
      const env = { DATABASE_URL: held.service.databaseUrl, SHUTDOWN_DELAY: delay };
      await using service = spawnService(env, { preload });
      service.url = (await service.printed(/GraphQL and GraphiQL on (http:\S+?)"/))[1] as string;
      const create = await beginCreate(service, await held.service.addCaller());
      expect(await service.stop()).toMatchObject({
        exit: 1,
        stdout: expect.stringContaining(`Not stopped within ${patience} s: ending all the same`),
      });
      await expect(create.finish()).rejects.toThrow();
    },
  );

  test('refuses who connects anew because his connection has ended, and cuts nobody off', async () => {
    await using service = await start();
    const { authorization } = await held.service.addCaller();
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const failures: string[] = [];
    let answered = 0;
    const work = async (_: unknown, worker: number): Promise<void> => {
      for (let round = 0; failures.length < 16; round += 1) {
        const create = `mutation { createBadgeGroup(input: { name: "${worker}-${round}", rank: 1 }) { __typename } }`;
        const query = worker % 2 ? create : '{ badgeGroups(first: 20) { id } }';
        const failure = await ask(agent, service.url, authorization, query);
        if (failure === undefined) answered += 1;
        else failures.push(failure);
      }
    };
    const workers = Array.from({ length: 16 }, work);
    await vi.waitFor(() => expect(answered).toBeGreaterThan(500), patiently);
    service.kill('SIGTERM');
    await Promise.all(workers);
    expect(new Set(failures)).toEqual(new Set(['ECONNREFUSED']));
    expect((await service.ended).exit).toBe(0);
  });

  test('does not wait for connections that are idle, or that have never been used', async () => {
    await using service = await start();
    const { port, hostname } = new URL(service.url);
    const unused = connect(Number(port), hostname).on('error', () => {});
    await once(unused, 'connect');
    expect(await (await fetch(new URL('/health', service.url))).text()).toBe('alive\n');
    const stoppedFrom = performance.now();
    expect((await service.stop()).exit).toBe(0);
    expect(performance.now() - stoppedFrom).toBeLessThan(5_000);
  });

  test('says in one line that PORT is taken, and exits with 1', async () => {
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await using service = spawnService({ DATABASE_URL: held.service.databaseUrl, PORT: String(port) });
    expect(await service.ended).toEqual({
      exit: 1,
      stdout: '',
      stderr: `PORT is ${port}, which another process is using on 127.0.0.1: choose another one, or 0 for a free one.\n`,
    });
  });

  test('that npm started stops with npm and leaves no orphan', async () => {
    await using npm = new TestProcess('npm', ['start'], {
      env: { PORT: '0', DATABASE_URL: held.service.databaseUrl },
    });
    const [, url = ''] = await npm.printed(/GraphQL and GraphiQL on (http:\S+?)"/);
    npm.kill('SIGTERM');
    expect((await npm.ended).stdout).toContain('Stopped');
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe.concurrent('a service process that is stopped while it starts', () => {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const;

  test.each(signals)(
    'as process 1 of a container keeps a %s of its first moments, and exits with %i',
    async (signal, code) => {
      const [, start = ''] = /^exec node (.+) src\/main\.ts$/.exec(scripts['start'] ?? '') ?? [];
      // It comes when all that the script preloads is there, before the service itself is loaded.
      const sent = toModule(`
        import { registerHooks } from 'node:module';
        registerHooks({
          resolve(specifier, context, next) {
            if (specifier.endsWith('/src/main.ts')) process.kill(process.pid, '${signal}');
            return next(specifier, context);
          },
        });`);
      await using database = await openSilentDatabase();
      const words = [process.execPath, ...start.split(' '), '--import', sent, 'src/main.ts'];
      const [command = '', ...args] = mayUnshare
        ? ['unshare', '--pid', '--fork', '--kill-child', ...words]
        : words;
      await using service = new TestProcess(command, args, {
        env: { PORT: '0', DATABASE_URL: database.url },
      });
      expect(await service.ended).toEqual({ exit: code, stdout: '', stderr: '' });
    },
  );

  test.each(signals)(
    'ends at once on %s, with exit code %i, however long its database lets it wait',
    async (signal, code) => {
      await using database = await openSilentDatabase();
      await using service = spawnService({ DATABASE_URL: database.url });
      await database.connected;
      const stoppedFrom = performance.now();
      expect(await service.stop(signal)).toEqual({ exit: code, stdout: '', stderr: '' });
      expect(performance.now() - stoppedFrom).toBeLessThan(1_000);
    },
  );
});

/** A database that takes connections and says nothing. */
async function openSilentDatabase() {
  const server = createServer().listen(0, '127.0.0.1');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `postgres://127.0.0.1:${port}/groups`,
    connected,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Whether a process can be made the first one of a container here; else it is any, which a signal ends by itself. */
const mayUnshare = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;

const keepAlive = new Agent({ keepAlive: true });

/** On a connection of its own, which it would keep. */
async function fetchOnce(url: string | URL, authorization: string) {
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization, 'x-graphql-yoga-csrf': '1' };
  const [response] = (await once(request(url, { agent, headers }).end(), 'response')) as [IncomingMessage];
  await text(response);
  agent.destroy();
  return { status: response.statusCode, connection: response.headers.connection };
}

/** A create of which the service has the head and a part of the body. */
async function beginCreate({ url }: ServiceProcess, { authorization }: TestCaller) {
  const query = 'mutation { createBadgeGroup(input: { name: "Gold", rank: 1 }) { __typename } }';
  const body = JSON.stringify({ query });
  const create = request(url, {
    agent: keepAlive,
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    },
  });
  const answered = once(create, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  create.flushHeaders();
  await once(create, 'continue');
  create.write(body.slice(0, 10));
  return {
    async finish(): Promise<unknown> {
      create.end(body.slice(10));
      const [response] = await answered;
      return JSON.parse(await text(response));
    },
  };
}

/** The code of what went wrong, if anything did. */
async function ask(
  agent: Agent,
  url: string,
  authorization: string,
  query: string,
): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json', authorization };
  const asking = request(url, { agent, method: 'POST', headers }).end(JSON.stringify({ query }));
  try {
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    await text(response);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
