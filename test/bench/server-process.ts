import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../support/postgres-server.ts';
import { onServerCore, type Pinning } from './machine.ts';

export interface ServerCommand {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A server on the servers' core, whose output goes into a file. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(child: ChildProcess, url: string, log: string) {
    this.#child = child;
    this.url = url;
    this.#log = log;
  }

  /** Returns once it listens. */
  static async start(
    { command, cwd, env }: ServerCommand,
    { log, pinning }: { log: string; pinning: Pinning | undefined },
  ): Promise<ServerProcess> {
    const port = String(await findFreePort());
    const { HOME, PATH } = process.env;
    const output = openSync(log, 'a');
    const child = spawn(...onServerCore(pinning, command), {
      cwd,
      env: { HOME, PATH, TZ: 'UTC', PORT: port, ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const server = new ServerProcess(child, `http://127.0.0.1:${port}/graphql`, log);
    await server.#starts();
    return server;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async #starts(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline && this.#child.exitCode === null && this.#child.signalCode === null) {
      if (await this.#listens()) return;
      await sleep(5);
    }
    await this.stop();
    throw new Error(`${this.#child.spawnargs.join(' ')} did not start:\n${readFileSync(this.#log, 'utf8')}`);
  }

  async #listens(): Promise<boolean> {
    const socket = connect(Number(new URL(this.url).port), '127.0.0.1');
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return listens;
  }

  forgetLog(): void {
    truncateSync(this.#log);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  }
}
