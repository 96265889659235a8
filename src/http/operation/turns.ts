import { LRUCache } from 'lru-cache';
import { createTooManyRequestsError, createUnavailableError } from '../../schema/base/errors.ts';
import { type Asking, isOrg, type Kind, type Party } from './asking.ts';

/** Ends a turn, once; `isDone` unless what it depends on was away. Says what was measured of its cost. */
export type Leave = (isDone?: boolean, measured?: number) => void;

/** Heads take turns as operations on so many connections would: ten at once, which are 3 ms of a core. */
export const headConnections = 8;

/** The bounds; costs in microseconds. */
export const turnLimits = {
  /** Reads at work, beyond one for each connection: an answer is written while the next statement is on its way. */
  readsBesideConnections: 2,
  /**
   * Writes at work, as a part of that. They have their own places: where all writes are stuck, reads go on. With more of
   * them, others have fewer reads beside a flood of writes, and no more is written.
   */
  writes: 2 / 3,
  /** Both are so many times as many for an org that is alone, which then waits for connections alone. */
  alone: 4,
  /** Who has been alone for so long, in ms. */
  aloneAfterMs: 1_000,
  /** The cost at work at once of a kind: two lists of 1,000, so that the database has one while the other is written. */
  costAtWork: 17_000,
  /** The same for an org that is alone: one of them for each of ten connections. */
  costAtWorkAlone: 85_000,
  /** Of operations whose cost was measured: by then it is known what those of an org cost. */
  learntCost: 10_000,
  /** What costs no more (a list of 100) takes a place, however much the others at work cost. */
  smallCost: 1_000,
  /** Of an org, in seconds of its share: what is admitted has its turn by then, and half a second more to be answered. */
  waitingSeconds: 0.5,
  /** In ms: half of that is enough where the first one waits longer, while others have their turns. */
  firstWaitMs: 750,
  /** A turn that has not come by then, in ms, never comes. */
  waitMs: 1_000,
  /** In ms: who is refused asks again at once, and would take the time of all others by that. */
  refusalMs: 30,
  /** The same for strangers and newcomers, of whom there may be any number. */
  strangersRefusalMs: 100,
} as const;

interface Waiting {
  readonly asking: Asking;
  /** By `performance.now`. */
  readonly since: number;
  /** Its turn, in virtual time. */
  readonly start: number;
  readonly finish: number;
  begin(): void;
  isGone: boolean;
}

/** What waits of one kind and party, and the virtual time until which its turns are taken. */
interface Line {
  readonly kind: Kind;
  readonly waiting: Waiting[];
  cost: number;
  finish: number;
}

export interface TurnCounts {
  readonly atWork: number;
  readonly waiting: number;
}

/**
 * Fair queuing by the ends of turns (Demers, Keshav and Shenker, 1989), on the clock of start-time fair queuing (Goyal,
 * Vin and Cheng, 1996): parties that wait have turns in proportion to what their operations cost, so that each has its
 * equal share, whatever the others ask for, and who asks for less than that waits for one turn of another at most. Who
 * finds nobody waiting and a place free does not wait. Each kind has places and lines of its own, and waits for nothing
 * of the other.
 */
export class Turns {
  readonly #places: Readonly<Record<Kind, number>>;
  /** How many operations of each org are at work or wait. */
  readonly #present = new Map<number, number>();
  /** What operations of a line have taken of late, as so many times their estimates, where that is more. */
  readonly #prices = new LRUCache<string, number>({ max: 1_000 });
  readonly #lines = new Map<string, Line>();
  readonly #atWork = { read: 0, write: 0 };
  readonly #costAtWork = { read: 0, write: 0 };
  /** Which has asked last. */
  #org: number | undefined;
  #sharedUntil = 0;
  readonly #virtualTime = { read: 0, write: 0 };
  readonly #waiting = { read: 0, write: 0 };
  /** What those wait for that are refused, by how long. */
  readonly #refusals = new Map<number, Promise<never>>();
  /** When one of the kind was last done. */
  readonly #doneAt = { read: 0, write: 0 };
  /** Cost a second, as it has lately been while operations waited: one core's at first. */
  #rate = 1_000_000;
  #window: { readonly since: number; cost: number } | undefined;

  /** For operations that share so many connections to the database. */
  constructor(connections: number) {
    const reads = connections + turnLimits.readsBesideConnections;
    this.#places = { read: reads, write: Math.ceil(reads * turnLimits.writes) };
  }

  count(): TurnCounts {
    const { read, write } = this.#atWork;
    return { atWork: read + write, waiting: this.#waiting.read + this.#waiting.write };
  }

  /**
   * Gives at once how to leave, to who may begin now; who may not waits for its turn. Rejects with TOO_MANY_REQUESTS,
   * soon, where the party has its share waiting already. After a second without a turn it rejects, too: with
   * SERVICE_UNAVAILABLE where none of its kind was done in that time, as where the database hangs.
   */
  enter(asking: Asking): Leave | Promise<Leave> {
    const { party } = asking;
    // Not by those whom we do not know yet: an org that comes back after a while is one of them at first.
    if (party !== this.#org && isOrg(party)) {
      if (this.#org !== undefined) this.#sharedUntil = performance.now() + turnLimits.aloneAfterMs;
      this.#org = party;
    }
    if (this.#waiting[asking.kind] === 0 && this.#hasPlace(asking)) return this.#begin(asking);
    const turn = this.refuse(asking) ?? this.#wait(asking);
    // Whoever waits for it may be gone by then.
    turn.catch(() => {});
    return turn;
  }

  /** As `enter` where the party has its share waiting; undefined for all others, who may enter. */
  refuse(asking: Asking): Promise<never> | undefined {
    const { party, kind } = asking;
    const line = this.#lines.get(nameLine(party, kind));
    return line && this.#isFull(line, this.#price(asking)) ? this.refuseSoon(party) : undefined;
  }

  /** Gives how to leave one more place to who has his turn, and may have another one where nobody needs it; else undefined. */
  enterBeside({ party, kind }: Asking): Leave | undefined {
    const asking = { party, kind, cost: 0 };
    if (this.#atWork[kind] >= this.#countPlaces(asking)) return undefined;
    const isNeeded = this.#waiting[kind] > 0 || this.#costAtWork[kind] > turnLimits.costAtWork;
    return isNeeded && !this.#isAlone(party) ? undefined : this.#begin(asking);
  }

  /** What it is likely to cost. Of an org that is alone its estimate will do: nobody waits for it. */
  #price({ party, kind, cost }: Asking): number {
    if (this.#prices.size === 0 || this.#isAlone(party)) return cost;
    return cost * (this.#prices.get(nameLine(party, kind)) ?? 1);
  }

  #isAlone(party: Party): boolean {
    return this.#present.size <= 1 && isOrg(party) && performance.now() >= this.#sharedUntil;
  }

  /** Rejects with TOO_MANY_REQUESTS after a while, for all at once that are refused within it. */
  refuseSoon(party: Party): Promise<never> {
    const ms = isOrg(party) ? turnLimits.refusalMs : turnLimits.strangersRefusalMs;
    const known = this.#refusals.get(ms);
    if (known !== undefined) return known;
    const refusal = new Promise<never>((_resolve, reject) => {
      setTimeout(() => {
        this.#refusals.delete(ms);
        reject(createTooManyRequestsError('Too many operations are waiting'));
      }, ms);
    });
    this.#refusals.set(ms, refusal);
    return refusal;
  }

  /** By its own kind alone: writes that are stuck would else keep a large read waiting, and that one all behind it. */
  #hasPlace(asking: Asking): boolean {
    const { party, kind } = asking;
    if (this.#atWork[kind] === 0) return true;
    if (this.#atWork[kind] >= this.#countPlaces(asking)) return false;
    const cost = this.#price(asking);
    if (cost <= turnLimits.smallCost) return true;
    const { costAtWork, costAtWorkAlone } = turnLimits;
    return this.#costAtWork[kind] + cost <= (this.#isAlone(party) ? costAtWorkAlone : costAtWork);
  }

  /** An org that is alone has no more of them for what is dear: more than there are connections would only queue for them. */
  #countPlaces({ party, kind }: Asking): number {
    const places = this.#places[kind];
    return this.#isAlone(party) && !this.#prices.has(nameLine(party, kind))
      ? places * turnLimits.alone
      : places;
  }

  #begin(asking: Asking): Leave {
    const { party, kind } = asking;
    const cost = this.#price(asking);
    this.#arrive(party);
    this.#atWork[kind] += 1;
    this.#costAtWork[kind] += cost;
    let isOver = false;
    return (isDone = true, measured) => {
      if (isOver) return;
      isOver = true;
      this.#depart(party);
      if (measured !== undefined) this.#learn(nameLine(party, kind), asking.cost, measured);
      this.#atWork[kind] -= 1;
      this.#costAtWork[kind] -= cost;
      if (this.#waiting[kind] === 0) return;
      if (isDone) {
        this.#doneAt[kind] = performance.now();
        this.#measure(cost);
      }
      this.#callNext(kind);
    };
  }

  /** One that finds nobody in its line may always wait. */
  #isFull({ kind, waiting: [first], cost: waitingCost }: Line, cost: number): boolean {
    if (first === undefined) return false;
    const isLate =
      performance.now() - first.since > turnLimits.firstWaitMs && this.#doneAt[kind] > first.since;
    return waitingCost + cost > this.#findShare() / (isLate ? 2 : 1);
  }

  /** What one of the lines in which somebody waits may have waiting. */
  #findShare(): number {
    let lines = 0;
    for (const { waiting } of this.#lines.values()) if (waiting.length > 0) lines += 1;
    return (this.#rate * turnLimits.waitingSeconds) / lines;
  }

  #wait(asking: Asking): Promise<Leave> {
    const { party, kind } = asking;
    const cost = this.#price(asking);
    this.#arrive(party);
    const name = nameLine(party, kind);
    const line = this.#lines.get(name) ?? { kind, waiting: [], cost: 0, finish: 0 };
    this.#lines.set(name, line);
    const { promise, resolve, reject } = Promise.withResolvers<Leave>();
    const start = Math.max(this.#virtualTime[kind], line.finish);
    const finish = start + cost;
    line.finish = finish;
    line.cost += cost;
    this.#waiting[kind] += 1;
    const since = performance.now();
    this.#window ??= { since, cost: 0 };
    const timer = setTimeout(() => {
      waiting.isGone = true;
      line.finish -= cost;
      this.#stopWaiting(line, party, cost);
      if (this.#doneAt[kind] > since) resolve(this.refuseSoon(party));
      else reject(createUnavailableError('The operation has waited too long to be begun.'));
      this.#callNext(kind);
    }, turnLimits.waitMs);
    const waiting: Waiting = {
      asking,
      since,
      start,
      finish,
      isGone: false,
      begin: () => {
        clearTimeout(timer);
        this.#stopWaiting(line, party, cost);
        resolve(this.#begin(asking));
      },
    };
    line.waiting.push(waiting);
    // There may be a place: only those of the other kind may be waiting.
    this.#callNext(kind);
    return promise;
  }

  #stopWaiting(line: Line, party: Party, cost: number): void {
    line.cost -= cost;
    this.#waiting[line.kind] -= 1;
    this.#depart(party);
    if (this.count().waiting === 0) this.#window = undefined;
  }

  #callNext(kind: Kind): void {
    for (
      let next = this.#findNext(kind);
      next && this.#hasPlace(next.head.asking);
      next = this.#findNext(kind)
    ) {
      next.line.waiting.shift();
      this.#virtualTime[kind] = Math.max(this.#virtualTime[kind], next.head.start);
      next.head.begin();
    }
  }

  /** The one of its kind whose turn would be over first: none that is smaller begins before it, or it would never begin. */
  #findNext(kind: Kind): { line: Line; head: Waiting } | undefined {
    let next: { line: Line; head: Waiting } | undefined;
    for (const [key, line] of this.#lines) {
      if (line.kind !== kind) continue;
      while (line.waiting[0]?.isGone) line.waiting.shift();
      const [head] = line.waiting;
      if (head === undefined) {
        if (line.finish <= this.#virtualTime[kind]) this.#lines.delete(key);
      } else if (next === undefined || head.finish < next.head.finish) {
        next = { line, head };
      }
    }
    return next;
  }

  #arrive(party: Party): void {
    if (isOrg(party)) this.#present.set(party, (this.#present.get(party) ?? 0) + 1);
  }

  #depart(party: Party): void {
    if (!isOrg(party)) return;
    const left = (this.#present.get(party) ?? 0) - 1;
    if (left > 0) this.#present.set(party, left);
    else this.#present.delete(party);
  }

  #learn(name: string, estimate: number, taken: number): void {
    const known = this.#prices.get(name) ?? 1;
    const weight = Math.min(1, estimate / turnLimits.learntCost);
    const price = known + weight * (Math.max(1, taken / estimate) - known);
    if (price > 1.1) this.#prices.set(name, price);
    else this.#prices.delete(name);
  }

  #measure(cost: number): void {
    const window = this.#window;
    if (window === undefined) return;
    window.cost += cost;
    const seconds = (performance.now() - window.since) / 1_000;
    if (seconds < 0.25) return;
    // Slowly: one moment, in which nothing moves or much ends at once, says little of the next one.
    this.#rate += 0.1 * (window.cost / seconds - this.#rate);
    this.#window = { since: performance.now(), cost: 0 };
  }
}

function nameLine(party: Party, kind: Kind): string {
  return `${kind} ${party}`;
}
