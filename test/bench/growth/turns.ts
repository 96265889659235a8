import { median } from '../summary.ts';

const warmUps = 5;
const turns = 40;

/** What is compared: the same work in other places, or several works. */
export interface Row {
  readonly title: string;
  readonly cells: readonly (() => Promise<unknown>)[];
}

/** Medians in milliseconds. All take turns, so that all have the same noise. */
export async function measureInTurns(rows: readonly Row[]): Promise<number[][]> {
  const times = rows.map(({ cells }) => cells.map(() => [] as number[]));
  for (let turn = -warmUps; turn < turns; turn += 1) {
    for (const [row, { cells }] of rows.entries()) {
      for (const [cell, run] of cells.entries()) {
        const startedAt = performance.now();
        await run();
        if (turn >= 0) times[row]?.[cell]?.push(performance.now() - startedAt);
      }
    }
  }
  return times.map((cells) => cells.map(median));
}
