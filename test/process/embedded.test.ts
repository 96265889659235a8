import { access, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDirectory } from '../support/directory.ts';
import { root, ServiceProcess, spawnService } from '../support/process.ts';
import { sendRaw } from '../support/raw-request.ts';
import type { BadgeGroup } from '../support/service.ts';

let fresh: Awaited<ReturnType<typeof startAfterKilledStart>>;

beforeAll(async () => {
  fresh = await startAfterKilledStart();
});

afterAll(() => fresh?.directory.remove());

test('the first start says what takes its time, and computes for less than 15 s', () => {
  const [creating, started] = fresh.end.stdout.trim().split('\n');
  expect(creating).toContain(`Creating the embedded database in ${join(fresh.dataDir, 'postgres')}`);
  expect(started).toContain('GraphQL and GraphiQL on http://127.0.0.1:');
  // Not by the clock, which goes on while a busy machine computes for others.
  expect(fresh.cpuSeconds).toBeLessThan(15);
});

test('a start that is killed while it creates the database leaves nothing that hinders the next', async () => {
  expect(fresh.leftByKilledStart).toContain('postgres.unfinished');
  expect(fresh.leftByKilledStart).not.toContain('postgres');
  expect(fresh.end.exit).toBe(0);
  expect(await readdir(fresh.dataDir)).not.toContain('postgres.unfinished');
});

describe.concurrent('the embedded database', { timeout: 240_000 }, () => {
  test('has every acknowledged group after five times kill -9 while writing', async () => {
    await using data = await copyFresh();
    const attempted = new Set<string>();
    const acknowledged: BadgeGroup[] = [];
    for (let round = 0; round < 5; round += 1) {
      await using service = await ServiceProcess.start(data.env);
      const enough = acknowledged.length + 5 + 6 * round;
      const write = async (writer: number) => {
        for (let index = 0; ; index += 1) {
          const name = `${round}-${writer}-${index}`;
          attempted.add(name);
          acknowledged.push(await service.demo.create({ name, rank: index }));
          if (acknowledged.length === enough) service.kill('SIGKILL');
        }
      };
      const writers = await Promise.allSettled([write(0), write(1), write(2)]);
      expect(writers).toMatchObject(
        writers.map(() => ({ status: 'rejected', reason: expect.any(TypeError) })),
      );
      expect((await service.ended).exit).toBe('SIGKILL');
    }

    await using service = await ServiceProcess.start(data.env);
    const groups = new Map((await service.demo.list()).map((group) => [group.name, group]));
    expect(acknowledged.map(({ name }) => groups.get(name))).toEqual(acknowledged);
    expect([...groups.keys()].filter((name) => !attempted.has(name))).toEqual([fresh.group.name]);
    expect(await service.stop()).toMatchObject({ exit: 0, stderr: '' });
  });

  test('refuses a second process with one line, while the first goes on and loses nothing', async () => {
    await using data = await copyFresh();
    await using first = await ServiceProcess.start(data.env);
    const groups = [fresh.group, await first.demo.create({ name: 'before', rank: 2 })];

    await using second = spawnService(data.env);
    expect(await second.ended).toEqual({
      exit: 1,
      stdout: '',
      stderr: `DATA_DIR is "${data.env.DATA_DIR}", which another process is using: stop that one, or give this one a DATA_DIR of its own.\n`,
    });

    groups.push(await first.demo.create({ name: 'after', rank: 1 }));
    expect(await first.demo.list()).toEqual(groups);
    await first.stop();
    await using third = await ServiceProcess.start(data.env);
    expect(await third.demo.list()).toEqual(groups);
  });

  test('keeps its groups over restarts, its demo clients only while HOST is a loopback address', async () => {
    await using data = await copyFresh();
    await using open = await ServiceProcess.start({ ...data.env, HOST: '0.0.0.0' });
    expect(open.url).toMatch(/^http:\/\/0\.0\.0\.0:/);
    expect(await open.demo.execute('{ badgeGroups { id } }')).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    await open.stop();

    await using again = await ServiceProcess.start({ ...data.env, HOST: 'localhost' });
    expect(await again.demo.list()).toEqual([fresh.group]);
  });

  test('answers to loopback names alone while it has demo clients, on the port of the metrics, too', async () => {
    await using data = await copyFresh();
    const ask = async (url: string, host: string) => {
      const answer = await sendRaw(
        url,
        Buffer.from(`GET ${new URL(url).pathname} HTTP/1.0\r\nhost: ${host}\r\n\r\n`),
        5_000,
      );
      return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
    };
    await using demo = await ServiceProcess.start({ ...data.env, METRICS_PORT: '0' });
    const metrics = (await demo.printed(/Metrics are on (http:\S+?)"/))[1] as string;
    for (const url of [new URL('/health', demo.url).href, metrics]) {
      expect([await ask(url, 'localhost'), await ask(url, 'evil.example')]).toEqual(['200', '421']);
    }
    await demo.stop();

    await using open = await ServiceProcess.start({ ...data.env, HOST: '0.0.0.0' });
    const { port } = new URL(open.url);
    expect(await ask(`http://127.0.0.1:${port}/health`, 'badges.example')).toBe('200');
  });

  test('is refused in one line where it is not installed, as in the image', async () => {
    const preload = `
      import { registerHooks } from 'node:module';
      const elsewhere = { parentURL: 'file:///nowhere/index.js' };
      registerHooks({
        resolve: (name, context, resolve) =>
          resolve(name, name === '@electric-sql/pglite' ? { ...context, ...elsewhere } : context),
      });`;
    await using service = spawnService({ DATA_DIR: '/nowhere/data' }, { preload });
    expect(await service.ended).toEqual({
      exit: 1,
      stdout: '',
      stderr:
        'DATABASE_URL is not set, and the embedded database is not installed here: set it, or run "npm ci".\n',
    });
  });

  test('is refused in one line where DATA_DIR cannot be a directory of ours', async () => {
    await using directory = await makeDirectory({ file: '', 'locked/lock/file': '' });
    // Nobody may create anything in /sys and /proc, root included.
    const inProc = process.platform === 'linux' ? ['/proc/badge-groups', '/proc/1/badge-groups'] : [];
    for (const dataDir of ['file', 'file/below', 'locked', '/sys/badge-groups', ...inProc]) {
      await using service = spawnService({ DATA_DIR: dataDir }, { cwd: directory.path });
      const { exit, stdout, stderr } = await service.ended;
      expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
      expect(stderr).toMatch(
        /^DATA_DIR is ".+", which cannot be used: .+\. Name a directory that the service may make and write\.\n$/,
      );
      expect(stderr).toContain(JSON.stringify(dataDir));
    }
  });
});

/** The first start in an empty place, after one that was killed while it created the database. */
async function startAfterKilledStart() {
  const directory = await makeDirectory();
  const dataDir = join(directory.path, 'data');
  await using killed = spawnService({ DATA_DIR: dataDir });
  await killed.printed(/Creating/);
  while (!(await isBeingCreated(dataDir))) await sleep(10);
  killed.kill('SIGKILL');
  await killed.ended;
  const leftByKilledStart = await readdir(dataDir);
  // It may have been killed later as well, when what it left looks like a database.
  await writeFile(join(dataDir, 'postgres.unfinished/PG_VERSION'), '18\n');
  // As whoever mounts a volume there finds it.
  await mkdir(join(dataDir, 'postgres'));

  const NODE_OPTIONS = `--import ${join(root, 'test/support/report-cpu.ts')}`;
  await using service = await ServiceProcess.start({ DATA_DIR: dataDir, NODE_OPTIONS });
  const group = await service.demo.create({ name: 'first', rank: 3 });
  const { stderr: cpuSeconds, ...end } = await service.stop();
  return { directory, dataDir, leftByKilledStart, cpuSeconds: Number(cpuSeconds), group, end };
}

async function isBeingCreated(dataDir: string): Promise<boolean> {
  return await access(join(dataDir, 'postgres.unfinished/base')).then(
    () => true,
    () => false,
  );
}

/** A DATA_DIR of its own, as the first start left it. */
async function copyFresh() {
  const directory = await makeDirectory();
  await cp(fresh.dataDir, directory.path, { recursive: true });
  return { env: { DATA_DIR: directory.path }, [Symbol.asyncDispose]: () => directory.remove() };
}
