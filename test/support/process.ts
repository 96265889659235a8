import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TadaDocumentNode } from 'gql.tada';
import { type Answer, basic, type Door, postDocument, TestCaller } from './service.ts';

export const root = join(import.meta.dirname, '../..');
/** Those of `package.json`. */
export const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const nodeArguments = ['--import', join(root, 'src/config/node-version.js')];

export interface ProcessOptions {
  /** All that it has in its environment besides what a program needs to start. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Where its stdout goes instead of into `stdout`: a file descriptor. */
  readonly output?: number;
  /** What it has as file descriptor 3. */
  readonly more?: number;
}

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly exit: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** A spawned process; one that is held with `await using` does not outlive its test. */
export class TestProcess {
  stdout = '';
  stderr = '';
  /** Settles when it and all processes that inherited its output have ended. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(
    command: string,
    args: readonly string[],
    { env, cwd = root, output, more }: ProcessOptions = {},
  ) {
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    this.#child = spawn(command, args, {
      cwd,
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', output ?? 'pipe', 'pipe', more],
    });
    this.#child.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      return { exit: code ?? signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for what it is to print on stdout; throws when it ends without. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (let isRunning = true; ; ) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (!isRunning) throw new Error(`It never printed ${pattern}, but ${JSON.stringify(await this.ended)}`);
      const more = once(this.#child.stdout as NonNullable<ChildProcess['stdout']>, 'data').then(() => true);
      isRunning = await Promise.race([more, this.ended.then(() => false)]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }
}

/** A spawned service, on a free port. */
export class ServiceProcess extends TestProcess implements Door {
  /** Where GraphQL is. */
  url = '';

  static async start(env: NodeJS.ProcessEnv): Promise<ServiceProcess> {
    const service = spawnService(env);
    service.url = (await service.printed(/GraphQL and GraphiQL on (http:\S+?)"/))[1] as string;
    return service;
  }

  async execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables> | string,
    variables?: Variables,
    headers: Record<string, string> = {},
  ): Promise<Answer<Data>> {
    return await postDocument((init) => fetch(this.url, init), document, variables, headers);
  }

  get demo(): TestCaller {
    return new TestCaller(this, demo);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.kill(signal);
    return await this.ended;
  }
}

const demo = { orgId: 100737, userId: 75197372, authorization: basic('demo', 'demo') };

/** Whether nobody takes connections there. What has connected before that is answered. */
export async function isRefused(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => false,
    () => true,
  );
}

/** A service that has yet to start, or that is expected not to. */
export function spawnService(
  env: NodeJS.ProcessEnv,
  { preload = '', ...options }: ProcessOptions & { preload?: string } = {},
): ServiceProcess {
  // The embedded database is WebAssembly, which is not worth optimising in a process that lives for a second.
  const args = ['--liftoff-only', ...nodeArguments, '--import', toModule(preload), join(root, 'src/main.ts')];
  return new ServiceProcess(process.execPath, args, { ...options, env: { PORT: '0', ...env } });
}

/** A module of this text, to be imported from the command line. */
export function toModule(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

/** Runs a command of `src/commands` to its end. */
export async function runCommand(
  name: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<Ended> {
  const file = join(root, `src/commands/${name}.ts`);
  await using command = new TestProcess(process.execPath, [...nodeArguments, file, ...args], options);
  return await command.ended;
}

/** A client that may write, made by the command; its credentials. */
export async function addClient(databaseUrl: string, name = 'tester') {
  const args = ['add', name, '--org', '7', '--user', '8', '--access', 'write'];
  const { stdout, stderr } = await runCommand('client', args, { env: { DATABASE_URL: databaseUrl } });
  const secret = /shown this once: (\S+)/.exec(stdout)?.[1];
  if (secret === undefined) throw new Error(`No client: ${stderr}`);
  return { orgId: 7, userId: 8, authorization: basic(name, secret) };
}
