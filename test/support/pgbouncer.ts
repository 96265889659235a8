import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findFreePort, type PostgresServer } from './postgres-server.ts';
import { root } from './process.ts';

/** A real PgBouncer of the tests' own. */
export interface PgBouncer extends AsyncDisposable {
  /** The URL of a database behind it; of `postgres` without a name, and of its console as `pgbouncer`. */
  url(database?: string): string;
  readonly logFile: string;
  /** What its console answers, as to `show pools`. */
  show(what: string): Promise<Record<string, unknown>[]>;
  /** Leads to another server from now on, as an operator has it do after a failover. */
  leadTo(server: PostgresServer): Promise<void>;
  /** SIGKILL is a crash, SIGSTOP lets it take connections and answer nothing. */
  kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again after `kill`, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PgBouncerOptions {
  readonly poolMode?: 'session' | 'transaction' | 'statement';
  /** Of its section `[pgbouncer]`, by their names. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Of its section `[databases]`, without where the server is: by default the databases that the server has. */
  readonly databases?: Readonly<Record<string, string>>;
  readonly program?: string;
}

/** What our documentation has. */
export const documented = readConfiguration(readFileSync(join(root, 'deploy/pgbouncer.ini'), 'utf8'));

/** Starts the system's PgBouncer in front of a server; as root it runs as `nobody`, because it refuses to run as root. */
export async function startPgBouncer(
  server: PostgresServer,
  {
    poolMode = 'transaction',
    settings = {},
    databases = { '*': '' },
    program = '/usr/sbin/pgbouncer',
  }: PgBouncerOptions = {},
): Promise<PgBouncer> {
  const home = mkdtempSync(join(tmpdir(), 'badge-groups-pgbouncer-'));
  chmodSync(home, 0o755);
  const logFile = join(home, 'log');
  const log = openSync(logFile, 'a');
  const users = join(home, 'users');
  writeFileSync(users, '"postgres" ""\n');
  const port = await findFreePort();
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const configuration = join(home, 'pgbouncer.ini');
  let bouncer: ChildProcess;
  let exited: Promise<unknown>;

  function configure(target: PostgresServer): void {
    const { hostname, port: serverPort } = new URL(target.url());
    const sections = {
      databases: Object.entries(databases).map(
        ([name, entry]) => [name, `host=${hostname} port=${serverPort} ${entry}`] as const,
      ),
      pgbouncer: Object.entries({
        listen_addr: '127.0.0.1',
        unix_socket_dir: '',
        pool_mode: poolMode,
        ...settings,
        listen_port: port,
        auth_type: 'trust',
        auth_file: users,
        admin_users: 'postgres',
      }),
    };
    const lines = Object.entries(sections).flatMap(([section, entries]) => [
      `[${section}]`,
      ...entries.map(([name, value]) => `${name} = ${value}`),
    ]);
    writeFileSync(configuration, `${lines.join('\n')}\n`);
  }

  async function start(): Promise<void> {
    const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    bouncer = spawn(program, [...account, configuration], { cwd: home, stdio: ['ignore', log, log] });
    exited = once(bouncer, 'exit');
    for (let attempt = 0; attempt < 100 && bouncer.exitCode === null; attempt += 1) {
      if (await show('version').catch(() => undefined)) return;
      await sleep(50);
    }
    throw new Error(`PgBouncer did not start:\n${readFileSync(logFile, 'utf8')}`);
  }

  const show = (what: string) => tell(`show ${what}`);

  async function tell(command: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url('pgbouncer') });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query(command).finally(() => client.end());
    return rows;
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    bouncer.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGINT') await exited;
  }

  async function stop(): Promise<void> {
    await kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }

  async function leadTo(target: PostgresServer): Promise<void> {
    configure(target);
    await tell('reload');
  }

  configure(server);
  await start();
  return { url, logFile, show, leadTo, kill, start, stop, [Symbol.asyncDispose]: stop };
}

/** Of a configuration file: its databases, without where their server is, and its settings. */
function readConfiguration(text: string): Required<Pick<PgBouncerOptions, 'databases' | 'settings'>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (name) sections[name] = section = {};
    const [, key, value = ''] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (key) section[key] = value.replace(/^host=\S+ port=\d+ ?/, '');
  }
  const { databases = {}, pgbouncer: settings = {} } = sections;
  return { databases, settings };
}
