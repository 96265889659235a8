import { ServiceProcess } from '../support/process.ts';

/** Three service processes on one database; each that ends may be started again in its place. */
export class Fleet implements AsyncDisposable {
  readonly instances: ServiceProcess[];
  readonly #env: NodeJS.ProcessEnv;

  private constructor(instances: ServiceProcess[], env: NodeJS.ProcessEnv) {
    this.instances = instances;
    this.#env = env;
  }

  static async start(env: NodeJS.ProcessEnv): Promise<Fleet> {
    const started = await Promise.all([1, 2, 3].map(() => ServiceProcess.start(env)));
    return new Fleet(started, env);
  }

  get ports(): number[] {
    return this.instances.map(({ url }) => Number(new URL(url).port));
  }

  async kill(index: number): Promise<void> {
    this.instances[index]?.kill('SIGKILL');
    await this.instances[index]?.ended;
  }

  /** One that has ended, where it was; settles when it has been asked for something. */
  async startAgain(index: number): Promise<void> {
    const PORT = String(this.ports[index]);
    this.instances[index] = await ServiceProcess.start({ ...this.#env, PORT });
    await this.serve();
  }

  /** Waits until each has been asked for something. */
  async serve(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.printed(/"msg":"request"/)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance[Symbol.asyncDispose]()));
  }
}
