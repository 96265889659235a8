import type { Party } from './asking.ts';

/** In ms. A shorter rest is not kept to, unless it grows meanwhile: a timer alone takes that long. */
const shortestMs = 2;

interface Rest {
  /** By `performance.now`, as is `until`. */
  readonly since: number;
  until: number;
  isDue: boolean;
}

/** Who has held the event loop, and leaves it to others for as long. */
export class Rests {
  readonly #rests = new Map<Party, Rest>();

  has(party: Party): boolean {
    return this.#rests.get(party)?.isDue === true;
  }

  /** Adds so many ms to the rest of a party, and calls `whenOver` when it is over. */
  add(party: Party, ms: number, whenOver: () => void): void {
    const now = performance.now();
    const rest = this.#rests.get(party) ?? { since: now, until: now, isDue: false };
    // While it has held the event loop, by what it had at work already, it has not rested.
    const notRested = Math.min(ms, now - rest.since);
    rest.until = Math.max(rest.until + notRested, now) + ms;
    rest.isDue ||= rest.until - now >= shortestMs;
    if (this.#rests.has(party)) return;
    this.#rests.set(party, rest);
    const end = (): void => {
      const left = rest.until - performance.now();
      if (left > 0) {
        setTimeout(end, left);
        return;
      }
      this.#rests.delete(party);
      if (rest.isDue) whenOver();
    };
    setTimeout(end, ms);
  }
}
