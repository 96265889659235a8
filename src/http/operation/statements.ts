import type { Db } from '../../database/database.ts';
import type { Asking, Turns } from './turns.ts';

/**
 * The statements of an operation that has its turn. Its place is for one of them at a time; more at once take places that
 * are free, so that they stand in no queue of the pool before the first one of others.
 */
export class Statements {
  readonly #turns: Turns;
  readonly #asking: Asking;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #ms = 0;

  constructor(turns: Turns, asking: Asking) {
    this.#turns = turns;
    this.#asking = asking;
  }

  /** What they have taken of the database, in microseconds. */
  get cost(): number {
    return this.#ms * 1_000;
  }

  /** The database for this operation, which runs prepared statements there, and no others: no resolver has any. */
  over(db: Db): Db {
    const run: Db['run'] = async (statement, values) => {
      const leave = this.#underWay === 0 ? undefined : this.#turns.enterBeside(this.#asking);
      if (this.#underWay > 0 && leave === undefined)
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#underWay += 1;
      const begunAt = sharedTime.begin();
      try {
        return await db.run(statement, values);
      } finally {
        const ms = sharedTime.end(begunAt);
        if (statement.isMeasured) this.#ms += ms;
        this.#underWay -= 1;
        leave?.();
        if (this.#underWay === 0) this.#waiting.shift()?.();
      }
    };
    return Object.assign(Object.create(db), { run });
  }
}

/** The time in which statements are under way, in equal parts for all that are: to be one of many makes none dearer. */
class SharedTime {
  #underWay = 0;
  /** Of one that is always under way, in ms. */
  #time = 0;
  #since = 0;

  begin(): number {
    this.#goOn();
    this.#underWay += 1;
    return this.#time;
  }

  end(begunAt: number): number {
    this.#goOn();
    this.#underWay -= 1;
    return this.#time - begunAt;
  }

  #goOn(): void {
    const now = performance.now();
    if (this.#underWay > 0) this.#time += (now - this.#since) / this.#underWay;
    this.#since = now;
  }
}

const sharedTime = new SharedTime();
