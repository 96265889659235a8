import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectory } from '../support/directory.ts';
import { findFreePort } from '../support/postgres-server.ts';
import { root, TestProcess } from '../support/process.ts';

export const balancerKinds = ['HAProxy', 'nginx'] as const;
export type BalancerKind = (typeof balancerKinds)[number];

const accessLog = 'badge-groups.log';

export interface Balancer extends AsyncDisposable {
  /** Where GraphQL is behind it. */
  readonly url: string;
  /** All that it has written so far. */
  readLog(): Promise<string>;
}

/** Starts the system's HAProxy or nginx with our configuration, before the three instances on these ports. */
export async function startBalancer(kind: BalancerKind, ports: readonly number[]): Promise<Balancer> {
  await using opened = new AsyncDisposableStack();
  const address = `127.0.0.1:${await findFreePort()}`;
  const instances = ports.map((port) => `127.0.0.1:${port}`);
  const { path } = opened.use(await makeDirectory({ [accessLog]: '' }));
  const balancer =
    kind === 'HAProxy' ? startHaproxy(address, instances) : await startNginx(address, instances, path);
  // By its own way to stop: nginx is several processes.
  opened.defer(async () => {
    balancer.kill('SIGTERM');
    await balancer.ended;
  });
  const url = `http://${address}/graphql`;
  await waitUntilReady(new URL('/ready', url), balancer);
  const running = opened.move();
  const readLog = async () =>
    balancer.stdout + balancer.stderr + (await readFile(join(path, accessLog), 'utf8'));
  return { url, readLog, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function startHaproxy(LISTEN: string, instances: readonly string[]): TestProcess {
  const named = Object.fromEntries(instances.map((instance, index) => [`INSTANCE_${index + 1}`, instance]));
  const configuration = join(root, 'deploy/haproxy.cfg');
  return new TestProcess('/usr/sbin/haproxy', ['-f', configuration], { env: { LISTEN, ...named } });
}

async function startNginx(address: string, instances: readonly string[], path: string) {
  const written = await readFile(join(root, 'deploy/nginx.conf'), 'utf8');
  let index = 0;
  const configuration = written
    .replace('listen 8080;', `listen ${address};`)
    .replaceAll(/server 10\.0\.0\.\d:4000/g, () => `server ${instances[index++]}`)
    .replace('/var/log/nginx/error.log', 'stderr')
    .replace(`/var/log/nginx/${accessLog}`, accessLog);
  await writeFile(join(path, 'nginx.conf'), configuration);
  const directives = `daemon off; pid ${path}/pid;`;
  const args = ['-p', path, '-c', join(path, 'nginx.conf'), '-e', 'stderr', '-g', directives];
  return new TestProcess('/usr/sbin/nginx', args);
}

async function waitUntilReady(url: URL, balancer: TestProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 200) return;
    await sleep(50);
  }
  throw new Error(`The balancer is not ready: ${balancer.stderr}`);
}
