import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TestProcess } from './process.ts';

export interface ContainerOptions {
  readonly workdir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `uid:gid`, to whom nothing can be written. Absent: root, to whom `directory` can. */
  readonly user?: string;
  /** A directory that is mounted at /run/secrets, to be read alone. */
  readonly secrets?: string | undefined;
}

/**
 * A process with a directory as its root, and namespaces of its own for mounts and processes, which end with it. Of
 * this machine it has the system, to be read alone, and the network, and Node as this checkout has it. It takes root,
 * Linux and `unshare`.
 */
export class Container extends TestProcess {
  constructor(
    directory: string,
    command: readonly string[],
    { workdir, env = {}, user = '', secrets = '' }: ContainerOptions,
  ) {
    const variables = { PATH: '/opt/bin:/usr/bin:/bin', HOME: '/root', ...env };
    const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const inside = ['env', '-i', '-C', workdir, ...words, ...command];
    const unshare = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, 'sh'];
    super('unshare', [...unshare, directory, process.execPath, findNpm(), secrets, user, ...inside]);
  }

  /** Its process 1, as this machine counts. */
  get firstPid(): number {
    return Number(readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8'));
  }

  /** As `docker stop` does. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.firstPid, signal);
  }
}

function findNpm(): string {
  const file = execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' });
  return dirname(dirname(file));
}

const enter = `
set -e
directory=$1 node=$2 npm=$3 secrets=$4 user=$5
shift 5
mount --bind "$directory" "$directory"
cd "$directory"
for name in bin sbin lib lib64 usr etc; do
  [ -e "/$name" ] || continue
  mkdir -p "$name"
  mount --bind "/$name" "$name"
  mount -o remount,bind,ro "$name"
done
mkdir -p dev proc root tmp opt/bin opt/npm run/secrets
mount --rbind /dev dev
mount -t proc proc proc
touch opt/bin/node
mount --bind "$node" opt/bin/node
mount --bind "$npm" opt/npm
mount -o remount,bind,ro opt/npm
ln -sf ../npm/bin/npm-cli.js opt/bin/npm
if [ -n "$secrets" ]; then
  mount --bind "$secrets" run/secrets
  mount -o remount,bind,ro run/secrets
fi
if [ -z "$user" ]; then exec chroot "$directory" "$@"; fi
mount -o remount,bind,ro "$directory"
exec chroot --userspec="$user" "$directory" "$@"
`;
