import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createWrongAnswerError } from '../check.ts';
import { hasCommand } from '../machine.ts';
import { toLuaPattern, toRegExp } from '../shape.ts';

const run = promisify(execFile);

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Every answer, byte by byte; or its shape. */
  readonly answer: string;
  readonly isShape: boolean;
  /** What the names of this run begin with. */
  readonly prefix: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadFigures {
  readonly requests: number;
  readonly seconds: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export type Tool = 'wrk' | 'autocannon';

export function chooseTool(wanted: Tool | undefined): Tool {
  return wanted ?? (hasCommand('wrk') ? 'wrk' : 'autocannon');
}

/** Loads a server by connections each of which asks again once it is answered. Throws for a wrong answer. */
export async function load(tool: Tool, task: Load): Promise<LoadFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'badge-groups-load-'));
  try {
    writeFileSync(join(directory, 'body'), task.body);
    if (task.isShape) {
      writeFileSync(join(directory, 'pattern'), toLuaPattern(task.answer));
      writeFileSync(join(directory, 'regexp'), toRegExp(task.answer));
    } else {
      writeFileSync(join(directory, 'answer'), task.answer);
    }
    const { stdout } = tool === 'wrk' ? await runWrk(task, directory) : await runAutocannon(task, directory);
    const wrong = join(directory, 'wrong');
    if (existsSync(wrong)) throw createWrongAnswerError(task.url, readFileSync(wrong, 'utf8'), task.answer);
    const { failed, ...figures } = JSON.parse(/^FIGURES (.*)$/m.exec(stdout)?.[1] ?? '{}');
    if (failed !== 0) throw new Error(`${failed} requests without an answer:\n${stdout}`);
    return figures;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runWrk({ url, headers, prefix, connections, seconds }: Load, directory: string) {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const script = join(import.meta.dirname, 'wrk.lua');
  const duration = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '20s'];
  return await run('wrk', [...duration, '-s', script, ...given, url, '--', directory, prefix]);
}

async function runAutocannon({ url, headers, prefix, connections, seconds }: Load, directory: string) {
  const task = JSON.stringify({ url, headers, prefix, seconds, connections });
  return await run(process.execPath, [join(import.meta.dirname, 'autocannon.js'), directory, task]);
}
