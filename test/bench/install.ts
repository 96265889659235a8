import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const home = import.meta.dirname;

/** Installs the peers' packages by their own lockfile, unless they are there. */
export function installPeers(): void {
  const installed = statSync(join(home, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  if (installed && installed.mtimeMs >= statSync(join(home, 'package-lock.json')).mtimeMs) return;
  console.error('Installing the peers’ packages …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: home, stdio: ['ignore', 2, 2] });
}
