import { LRUCache } from 'lru-cache';
import type { Asking } from './asking.ts';

/** Estimated, of operations that have been measured: by then it is known what those of a party cost. In microseconds. */
const learntCost = 10_000;

/**
 * What operations of a party and a kind have taken of late, as so many times their estimates, where that is more; what
 * comes before they are known by itself.
 */
export class Prices {
  readonly #prices = new LRUCache<string, number>({ max: 1_000 });

  get isEmpty(): boolean {
    return this.#prices.size === 0;
  }

  has(asking: Asking): boolean {
    return this.#prices.has(nameSender(asking));
  }

  /** 1 where they have not taken more. */
  find(asking: Asking): number {
    return this.#prices.get(nameSender(asking)) ?? 1;
  }

  learn(asking: Asking, taken: number): void {
    const name = nameSender(asking);
    const known = this.#prices.get(name) ?? 1;
    const weight = Math.min(1, asking.cost / learntCost);
    const price = known + weight * (Math.max(1, taken / asking.cost) - known);
    if (price > 1.1) this.#prices.set(name, price);
    else this.#prices.delete(name);
  }
}

function nameSender({ party, kind, isUnknown }: Asking): string {
  return `${isUnknown ? 'unknown' : kind} ${party}`;
}
