/** For how long what is done for a request has held the event loop in its turn, in microseconds. */
export interface Holding {
  held?: number;
}

/** Runs what takes the time of all others: nothing else is done until it is over. */
export function hold<Result>(holding: Holding, run: () => Result): Result {
  const begunAt = performance.now();
  try {
    return run();
  } finally {
    holding.held = (holding.held ?? 0) + (performance.now() - begunAt) * 1_000;
  }
}
