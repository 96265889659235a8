import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty directory for a git repository of the running test's own, which ends with it. */
export class Repository {
  readonly directory = mkdtempSync(join(tmpdir(), 'badge-groups-repository-'));

  constructor() {
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  git(...words: string[]): void {
    const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '', GIT_CONFIG_SYSTEM: '' };
    const author = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];
    execFileSync('git', [...author, ...words], { cwd: this.directory, env, stdio: 'pipe' });
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.directory, name), text);
  }

  commit(files: Record<string, string>): void {
    this.write(files);
    this.git('add', '--all');
    this.git('commit', '--allow-empty', '--message', 'A change');
  }
}
