import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { Container, type ContainerOptions } from './container.ts';
import { getStep, readExecForm, type Stage, type Step, stages } from './dockerfile.ts';
import { root } from './process.ts';

/**
 * What the Dockerfile makes, without an engine: the steps of each stage are taken in a directory of its own, which is
 * the root of their processes. What the base image would give is this machine's.
 */
export class Image {
  readonly healthcheck: readonly string[];
  readonly #directory: string;
  readonly #stage: Stage;

  /** Takes the steps of every stage in `directory`, which is empty, as `docker build .` does in the checkout. */
  static async build(directory: string): Promise<Image> {
    const directories = stages.map((_stage, index) => join(directory, String(index)));
    for (const [index, stage] of stages.entries()) {
      mkdirSync(join(String(directories[index]), getStep(stage, 'WORKDIR').text), { recursive: true });
      // Others than root have to be able to enter it.
      chmodSync(String(directories[index]), 0o755);
      for (const step of stage.steps) await takeStep(step, stage, String(directories[index]), directories);
    }
    return new Image(String(directories.at(-1)), stages.at(-1) as Stage);
  }

  constructor(directory: string, stage: Stage) {
    this.#directory = directory;
    this.#stage = stage;
    this.healthcheck = readExecForm(getStep(stage, 'HEALTHCHECK'));
  }

  /** Where its WORKDIR is on this machine. */
  get path(): string {
    return join(this.#directory, getStep(this.#stage, 'WORKDIR').text);
  }

  /** Runs its entry point, with these words in place of CMD. */
  run(words?: readonly string[], options?: Pick<ContainerOptions, 'env' | 'secrets'>): Container {
    const command = words ?? readExecForm(getStep(this.#stage, 'CMD'));
    return this.exec([...readExecForm(getStep(this.#stage, 'ENTRYPOINT')), ...command], options);
  }

  /** Runs a command as its user, on a root that is read-only. */
  exec(
    command: readonly string[],
    { env, secrets }: Pick<ContainerOptions, 'env' | 'secrets'> = {},
  ): Container {
    return new Container(this.#directory, command, {
      workdir: getStep(this.#stage, 'WORKDIR').text,
      user: getStep(this.#stage, 'USER').text,
      env: { ...readEnv(this.#stage), ...env },
      secrets,
    });
  }
}

async function takeStep(step: Step, stage: Stage, directory: string, directories: readonly string[]) {
  const workdir = getStep(stage, 'WORKDIR').text;
  if (step.keyword === 'COPY') copy(step, join(directory, workdir), directories);
  if (step.keyword !== 'RUN') return;
  const options = { workdir, env: readNpmSettings() };
  await using container = new Container(directory, ['/bin/sh', '-c', step.text], options);
  const { exit, stdout, stderr } = await container.ended;
  if (exit !== 0) throw new Error(`RUN ${step.text} ended with ${exit}:\n${stdout}${stderr}`);
}

/** From another stage, or from the checkout without what `.dockerignore` names. */
function copy({ flags, words }: Step, workdir: string, directories: readonly string[]): void {
  const target = String(words.at(-1));
  const from = directories[stages.findIndex(({ name }) => name !== undefined && name === flags['from'])];
  for (const source of words.slice(0, -1)) {
    const to = join(workdir, target.endsWith('/') ? posix.join(target, posix.basename(source)) : target);
    if (from !== undefined) {
      cpSync(join(from, source), to, { recursive: true, verbatimSymlinks: true });
    } else {
      for (const file of listContext(source)) cpSync(join(root, file), join(to, file.slice(source.length)));
    }
  }
}

/** The files of the checkout that a build sees at a path; throws where it sees none, as the build does. */
function listContext(source: string): string[] {
  // Its types are those of a module that Node does not see.
  const ignore = (dockerignore as unknown as typeof dockerignore.default)();
  ignore.add(readFileSync(join(root, '.dockerignore'), 'utf8'));
  const files = listFiles(source).filter((file) => !ignore.ignores(file));
  if (files.length === 0)
    throw new Error(`COPY ${source}: there is no such file, or .dockerignore names it.`);
  return files;
}

/** A file alone, or all files of a directory. */
function listFiles(source: string): string[] {
  const entry = readdirSync(root, { withFileTypes: true }).find(({ name }) => name === source);
  if (entry === undefined || entry.isFile()) return entry === undefined ? [] : [source];
  const entries = readdirSync(join(root, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

function readEnv(stage: Stage): Record<string, string> {
  const words = stage.steps.filter(({ keyword }) => keyword === 'ENV').flatMap((step) => step.words);
  return Object.fromEntries(words.map((word) => word.split('=')));
}

/** Of what npm is told on this machine, where packages come from. */
function readNpmSettings(): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS = '', HTTPS_PROXY = '', HTTP_PROXY = '', NO_PROXY = '' } = process.env;
  const get = (name: string) => execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
  const cafile = get('cafile').replace(/^null$/, '');
  const settings = { NODE_EXTRA_CA_CERTS, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NPM_CONFIG_CAFILE: cafile };
  const given = Object.entries(settings).filter(([, value]) => value !== '');
  return { NPM_CONFIG_REGISTRY: get('registry'), ...Object.fromEntries(given) };
}
