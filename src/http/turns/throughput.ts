/** What is done a second, in cost, as it has lately been while operations waited. */
export class Throughput {
  /** One core's at first. */
  rate = 1_000_000;
  #window: { readonly since: number; cost: number } | undefined;

  /** From when operations wait, until none does. */
  begin(since: number): void {
    this.#window ??= { since, cost: 0 };
  }

  end(): void {
    this.#window = undefined;
  }

  add(cost: number): void {
    const window = this.#window;
    if (window === undefined) return;
    window.cost += cost;
    const seconds = (performance.now() - window.since) / 1_000;
    if (seconds < 0.25) return;
    // Slowly: one moment, in which nothing moves or much ends at once, says little of the next one.
    this.rate += 0.1 * (window.cost / seconds - this.rate);
    this.#window = { since: performance.now(), cost: 0 };
  }
}
