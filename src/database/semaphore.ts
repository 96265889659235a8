/** Lets a number hold a place at once; who finds none free waits for one, in the order of arrival. */
export class Semaphore {
  #free: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number, patienceMs: number) {
    this.#free = count;
    this.#patienceMs = patienceMs;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Throws NoPlace when none has become free in time. */
  async acquire(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait();
  }

  release(): void {
    const [enter] = this.#waiting;
    if (enter === undefined) this.#free += 1;
    else enter();
  }

  #wait(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const enter = (): void => {
      this.#waiting.delete(enter);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(enter);
      reject(new NoPlace());
    }, this.#patienceMs);
    this.#waiting.add(enter);
    return promise;
  }
}

class NoPlace extends Error {
  override readonly name = 'NoPlace';
  readonly code = 'ETIMEDOUT';
  override readonly message = 'No connection became free for a write in time.';
}
