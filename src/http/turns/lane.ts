import type { Asking, Party } from './asking.ts';
import type { Rests } from './rests.ts';

/** An operation that waits for its turn. */
export interface Waiting {
  readonly asking: Asking;
  /** By `performance.now`. */
  readonly since: number;
  /** Its turn, in virtual time. */
  readonly start: number;
  readonly finish: number;
  begin(): void;
  isGone: boolean;
}

/** What waits of one party and kind, and the virtual time until which its turns are taken. */
export interface Line {
  readonly waiting: Waiting[];
  cost: number;
  finish: number;
}

/** All of one kind: it has places and lines of its own, and waits for nothing of the other. */
export class Lane {
  readonly places: number;
  atWork = 0;
  costAtWork = 0;
  waiting = 0;
  virtualTime = 0;
  /** When one was last done. */
  doneAt = 0;
  readonly #lines = new Map<Party, Line>();

  constructor(places: number) {
    this.places = places;
  }

  findLine(party: Party): Line | undefined {
    return this.#lines.get(party);
  }

  /** A new one where the party has none. */
  getLine(party: Party): Line {
    const known = this.#lines.get(party);
    if (known !== undefined) return known;
    const line = { waiting: [], cost: 0, finish: 0 };
    this.#lines.set(party, line);
    return line;
  }

  /** How many there are in which somebody waits. */
  countLines(): number {
    let count = 0;
    for (const { waiting } of this.#lines.values()) if (waiting.length > 0) count += 1;
    return count;
  }

  /**
   * The one whose turn would be over first, of those who do not rest: none that is smaller begins before it, or it would
   * never begin.
   */
  findNext(rests: Rests): Waiting | undefined {
    let next: Waiting | undefined;
    for (const [party, line] of this.#lines) {
      while (line.waiting[0]?.isGone) line.waiting.shift();
      const [first] = line.waiting;
      if (first === undefined) {
        if (line.finish <= this.virtualTime) this.#lines.delete(party);
      } else if (!rests.has(party) && first.finish < (next?.finish ?? Infinity)) {
        next = first;
      }
    }
    return next;
  }

  /** Takes the first one out of its line, whose turn it is. */
  take({ asking, start }: Waiting): void {
    this.#lines.get(asking.party)?.waiting.shift();
    this.virtualTime = Math.max(this.virtualTime, start);
  }
}
