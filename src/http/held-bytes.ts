import type { Party } from './turns/asking.ts';

/** What each party makes the service hold in memory, up to so many bytes. */
export class HeldBytes {
  readonly #most: number;
  readonly #bytes = new Map<Party, number>();

  constructor(most: number) {
    this.#most = most;
  }

  count(party: Party): number {
    return this.#bytes.get(party) ?? 0;
  }

  /** False, and nothing is added, where the party would have more than it may. */
  add(party: Party, bytes: number): boolean {
    const sum = this.count(party) + bytes;
    if (sum > this.#most) return false;
    this.#bytes.set(party, sum);
    return true;
  }

  remove(party: Party, bytes: number): void {
    const left = this.count(party) - bytes;
    if (left > 0) this.#bytes.set(party, left);
    else this.#bytes.delete(party);
  }
}
