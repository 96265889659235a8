import type { Db } from '../../database/database.ts';
import { createUnavailableError } from '../../schema/base/errors.ts';
import type { Asking } from './asking.ts';
import type { Leave, Turns } from './turns.ts';

/**
 * The statements of an operation that has its turn. Its place is for one of them at a time; more at once take places that
 * are free, so that they stand in no queue of the pool before the first one of others. None is sent once it is late.
 */
export class Statements {
  readonly #turns: Turns;
  readonly #asking: Asking;
  readonly #waiting: PromiseWithResolvers<Leave>[] = [];
  #isPlaceTaken = false;
  #isLate = false;
  #ms = 0;

  constructor(turns: Turns, asking: Asking, late: Promise<void>) {
    this.#turns = turns;
    this.#asking = asking;
    void late.then(() => this.#end());
  }

  /** What those that are answered have taken of the database, in microseconds. */
  get cost(): number {
    return this.#ms * 1_000;
  }

  /** The database for this operation, which runs prepared statements there, and no others: no resolver has any. */
  over(db: Db): Db {
    const run: Db['run'] = async (statement, values) => {
      const entered = this.#enter();
      const leave = entered instanceof Promise ? await entered : entered;
      const begunAt = sharedTime.begin();
      let isDone = false;
      try {
        const rows = await db.run(statement, values);
        isDone = true;
        return rows;
      } finally {
        const ms = sharedTime.end(begunAt);
        if (statement.isMeasured) this.#ms += ms;
        leave(isDone);
      }
    };
    return Object.assign(Object.create(db), { run });
  }

  #enter(): Leave | Promise<Leave> {
    if (this.#isLate) throw createLateError();
    if (this.#isPlaceTaken) return this.#turns.enterBeside(this.#asking) ?? this.#wait();
    this.#isPlaceTaken = true;
    return this.#leavePlace;
  }

  readonly #leavePlace = (): void => {
    const next = this.#waiting.shift();
    if (next) next.resolve(this.#leavePlace);
    else this.#isPlaceTaken = false;
  };

  #wait(): Promise<Leave> {
    const next = Promise.withResolvers<Leave>();
    this.#waiting.push(next);
    return next.promise;
  }

  #end(): void {
    this.#isLate = true;
    for (const { reject } of this.#waiting.splice(0)) reject(createLateError());
  }
}

function createLateError() {
  return createUnavailableError('The operation took too long; this part of it was not begun.');
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
