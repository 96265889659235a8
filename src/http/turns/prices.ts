import { LRUCache } from 'lru-cache';
import type { Asking } from './asking.ts';

/** In microseconds: an operation of this estimate sets the price alone, a smaller one moves it by its part. */
const learntCost = 10_000;

/**
 * How many times their estimates the operations of a party and a kind have lately taken, where that is more than once.
 * What is done before an operation is known (looked up, parsed, measured) has a price of its own.
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
