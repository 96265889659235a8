import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMigratedServer } from '../support/databases.ts';
import { makeDirectory } from '../support/directory.ts';
import { findMarkdown } from '../support/markdown.ts';
import { addClient, type Ended, root, runCommand, ServiceProcess, TestProcess } from '../support/process.ts';
import { type BadgeGroup, basic, TestCaller } from '../support/service.ts';
import { query } from '../support/standby.ts';

// Of the system's own version, because its pg_dump takes no newer server.
const installed = '/usr/lib/postgresql';
const version = existsSync(installed)
  ? readdirSync(installed).toSorted((a, b) => Number(b) - Number(a))[0]
  : '';
const binaries = join(installed, String(version));

/** Runs a block of the documentation, in a directory of its own that npm takes for the project's. */
async function runBlock(mark: string, directory: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const { lines, blocks } = findMarkdown('docs/databases.md');
  const line = lines.indexOf(`<!-- ${mark} -->`) + 1;
  const text = blocks.find((block) => line > 0 && block.line === line + 1)?.text;
  const script = String(text).replace(
    'postgres://user:password@host:5432/badge_groups',
    String(env['NEW_URL']),
  );
  const PATH = `${join(binaries, 'bin')}:${process.env['PATH']}`;
  await using shell = new TestProcess('bash', ['-c', script], { cwd: directory, env: { ...env, PATH } });
  return await shell.ended;
}

async function makeProject() {
  const directory = await makeDirectory();
  for (const name of ['package.json', 'node_modules', 'src', 'migrations']) {
    symlinkSync(join(root, name), join(directory.path, name));
  }
  return directory;
}

/** Groups with histories; what the API tells of them. */
async function fill(caller: TestCaller): Promise<unknown> {
  for (const [rank, name] of ['\ufeffGold', '"\\/<\u2028', '💥é'].entries())
    await caller.create({ name, rank });
  const [group] = await caller.list();
  await caller.update({ id: (group as BadgeGroup).id, rank: -1, isActive: false });
  return await tell(caller);
}

async function tell(caller: TestCaller): Promise<unknown> {
  const groups = await caller.list();
  return await Promise.all(groups.map(async (group) => ({ group, history: await caller.history(group.id) })));
}

test('a database is dumped and restored by the commands of the documentation, and serves as before', async () => {
  const server = await startMigratedServer({ binaries });
  try {
    await using project = await makeProject();
    const credentials = await addClient(server.url());
    await using service = await ServiceProcess.start({ DATABASE_URL: server.url() });
    const told = await fill(new TestCaller(service, credentials));
    expect(await runBlock('backup', project.path, { DATABASE_URL: server.url() })).toMatchObject({
      exit: 0,
      stderr: '',
    });

    await query(server, 'create database restored');
    const restored = { DATABASE_URL: server.url('restored') };
    const { exit, stdout, stderr } = await runBlock('restore', project.path, restored);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toContain('Nothing to do: every migration is there.');
    await using again = await ServiceProcess.start(restored);
    expect((await fetch(new URL('/ready', again.url))).status).toBe(200);
    const caller = new TestCaller(again, credentials);
    expect(await tell(caller)).toEqual(told);
    await caller.create({ name: 'Later', rank: 1 });
  } finally {
    await server.stop();
  }
});

test('an embedded database is copied, its orgs are exported, erased and imported, and it moves to a server', async () => {
  const server = await startMigratedServer({ binaries });
  try {
    await using project = await makeProject();
    const env = { DATA_DIR: join(project.path, '.data') };
    const add = ['add', 'till', '--org', '7', '--user', '8', '--access', 'write'];
    const secret = /shown this once: (\S+)/.exec((await runCommand('client', add, { env })).stdout)?.[1];
    const credentials = { orgId: 7, userId: 8, authorization: basic('till', String(secret)) };
    let told: unknown[];
    {
      await using service = await ServiceProcess.start(env);
      told = [await fill(service.demo), await fill(new TestCaller(service, credentials))];
      await service.stop();
    }
    const tellAll = async (service: ServiceProcess) => [
      await tell(service.demo),
      await tell(new TestCaller(service, credentials)),
    ];

    expect(await runBlock('backup-embedded', project.path, env)).toEqual({ exit: 0, stdout: '', stderr: '' });
    {
      await using copy = await ServiceProcess.start({ DATA_DIR: join(project.path, 'badge-groups-backup') });
      expect(await tellAll(copy)).toEqual(told);
    }

    const { exit, stdout, stderr } = await runBlock('org', project.path, env);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.stringMatching(/^Org 100737 has 2 client/) });
    expect(stdout).toMatch(/^7\n100737\n/);
    expect(stdout).toContain('Org 100737 is erased: 2 client(s), 3 badge group(s), 1 version(s).');
    expect(stdout).toContain('Org 100737 is imported: 0 client(s), 3 badge group(s), 1 version(s).');
    {
      await using service = await ServiceProcess.start(env);
      expect(await tellAll(service)).toEqual(told);
      await service.stop();
    }

    await query(server, 'create database moved');
    const moved = server.url('moved');
    expect(await runBlock('move', project.path, { ...env, NEW_URL: moved })).toMatchObject({
      exit: 0,
      stderr: '',
    });
    await using service = await ServiceProcess.start({ DATABASE_URL: moved });
    expect(await tell(new TestCaller(service, credentials))).toEqual(told[1]);
    expect(await service.demo.execute('{ badgeGroups { id } }')).toMatchObject({ status: 401 });
    const demo = new TestCaller(service, {
      orgId: 100737,
      userId: 75197372,
      authorization: await addTo(moved),
    });
    expect(await tell(demo)).toEqual(told[0]);
  } finally {
    await server.stop();
  }
});

/** The authorization of a new client of the demo clients' org. */
async function addTo(databaseUrl: string): Promise<string> {
  const add = ['add', 'office', '--org', '100737', '--user', '75197372', '--access', 'write'];
  const { stdout } = await runCommand('client', add, { env: { DATABASE_URL: databaseUrl } });
  return basic('office', String(/shown this once: (\S+)/.exec(stdout)?.[1]));
}
