import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { basic } from '../support/service.ts';
import type { ServerCommand } from './server-process.ts';
import { caller } from './tables.ts';

const run = promisify(execFile);

/** What an npm script of a checkout does, in the environment that npm gives it. */
function npmScript(checkout: string, name: string, args: readonly string[] = []) {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  const script = String(scripts[name]).replace(/^(?:exec )?/, 'exec ');
  return {
    command: ['sh', '-c', [script, ...args].join(' ')] as const,
    path: `${join(checkout, 'node_modules/.bin')}:${process.env['PATH']}`,
  };
}

/** Brings a database to the newest migration of this checkout. */
export async function migrate(checkout: string, databaseUrl: string): Promise<void> {
  await runScript(checkout, databaseUrl, 'migrate');
}

/** Makes a client of an org that may write; its credentials. */
export async function addClient(
  checkout: string,
  databaseUrl: string,
  orgId = caller.orgId,
): Promise<string> {
  const name = `bench-${orgId}`;
  const args = ['add', name, '--org', orgId, '--user', caller.userId, '--access', 'write'].map(String);
  const { stdout } = await runScript(checkout, databaseUrl, 'client', args);
  const secret = /shown this once: (\S+)/.exec(stdout)?.[1];
  if (secret === undefined) throw new Error(`No client: ${stdout}`);
  return basic(name, secret);
}

async function runScript(checkout: string, databaseUrl: string, name: string, args: string[] = []) {
  const { command, path } = npmScript(checkout, name, args);
  const [file, ...rest] = command;
  const env = { HOME: process.env['HOME'], PATH: path, DATABASE_URL: databaseUrl };
  return await run(file, rest, { cwd: checkout, env });
}

/** The process that `npm start` starts. */
export function startCommand(checkout: string, databaseUrl: string): ServerCommand {
  const { command, path } = npmScript(checkout, 'start');
  return {
    command,
    cwd: checkout,
    env: { PATH: path, NODE_ENV: 'production', DATABASE_URL: databaseUrl, LOG_LEVEL: 'info' },
  };
}
