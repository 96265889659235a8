import type { Outcome } from './requests.ts';

/** Of one kind of outcome: how many a second, and after how many milliseconds. */
export interface Answers {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export type Figures = Readonly<Record<Outcome, Answers>>;

/** What became of the requests of a load. */
export class Observed {
  readonly #times: Readonly<Record<Outcome, number[]>> = { done: [], refused: [], failed: [] };

  add(outcome: Outcome, ms: number): void {
    this.#times[outcome].push(ms);
  }

  summarise(seconds: number): Figures {
    const { done, refused, failed } = this.#times;
    return { done: sum(done, seconds), refused: sum(refused, seconds), failed: sum(failed, seconds) };
  }
}

function sum(times: number[], seconds: number): Answers {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { rate: sorted.length / seconds, p50: at(0.5), p99: at(0.99), max: at(1) };
}
