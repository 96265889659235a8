import type { Db } from './database.ts';
import { flushedPosition, type Position, readPosition } from './position.ts';

/**
 * Asks a primary how far it is: one question for all who have come since the last one was sent, and one at a time.
 * Whoever is told that a commit was made, and asks then, is told of a position beyond it (Raft's read index).
 */
export class ReadIndex {
  readonly #primary: Db;
  #underWay: Promise<unknown> = Promise.resolve();
  #next: Promise<Position> | undefined;

  constructor(primary: Db) {
    this.#primary = primary;
  }

  find(): Promise<Position> {
    this.#next ??= this.#ask();
    return this.#next;
  }

  async #ask(): Promise<Position> {
    await this.#underWay;
    // Whoever comes from here on may know of commits that this question does not see.
    this.#next = undefined;
    const position = this.#primary.run(flushedPosition, {}).then(readPosition);
    this.#underWay = position.catch(() => {});
    return await position;
  }
}
