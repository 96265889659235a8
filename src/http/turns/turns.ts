import { createTooManyRequestsError, createUnavailableError } from '../../schema/base/errors.ts';
import { type Asking, isOrg, type Kind, type Party } from './asking.ts';
import { Lane, type Line, type Waiting } from './lane.ts';
import { Presence } from './presence.ts';
import { Prices } from './prices.ts';
import { Rests } from './rests.ts';
import { Throughput } from './throughput.ts';

/**
 * Ends a turn, once; `isDone` unless what it depends on was away. Says what was measured of its cost, and for how much of
 * that it has held the event loop, in microseconds.
 */
export type Leave = (isDone?: boolean, measured?: number, held?: number) => void;

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
  /** The cost at work at once of a kind: two lists of 1,000, so that the database has one while the other is written. */
  costAtWork: 17_000,
  /** The same for an org that is alone: one of them for each of ten connections. */
  costAtWorkAlone: 85_000,
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

export interface TurnCounts {
  readonly atWork: number;
  readonly waiting: number;
}

/**
 * Fair queuing by the ends of turns (Demers, Keshav and Shenker, 1989), on the clock of start-time fair queuing (Goyal,
 * Vin and Cheng, 1996): parties that wait have turns in proportion to what their operations cost, so that each has its
 * equal share, whatever the others ask for, and who asks for less than that waits for one turn of another at most. Who
 * finds nobody waiting and a place free does not wait.
 */
export class Turns {
  readonly #lanes: Readonly<Record<Kind, Lane>>;
  readonly #presence = new Presence();
  readonly #prices = new Prices();
  readonly #throughput = new Throughput();
  readonly #rests = new Rests();
  /** The refusals that are on their way, by how long they take. */
  readonly #refusals = new Map<number, Promise<never>>();

  /** For operations that share so many connections to the database. */
  constructor(connections: number) {
    const reads = connections + turnLimits.readsBesideConnections;
    this.#lanes = { read: new Lane(reads), write: new Lane(Math.ceil(reads * turnLimits.writes)) };
  }

  count(): TurnCounts {
    const { read, write } = this.#lanes;
    return { atWork: read.atWork + write.atWork, waiting: read.waiting + write.waiting };
  }

  /**
   * Gives at once how to leave, to who may begin now; who may not waits for its turn. Rejects with TOO_MANY_REQUESTS,
   * soon, where the party has its share waiting already. After a second without a turn it rejects, too: with
   * SERVICE_UNAVAILABLE where none of its kind was done in that time, as where the database hangs, but for a party that rests.
   */
  enter(asking: Asking): Leave | Promise<Leave> {
    this.#presence.note(asking.party);
    const lane = this.#lanes[asking.kind];
    if (lane.waiting === 0 && this.#hasPlace(lane, asking)) return this.#begin(lane, asking);
    const turn = this.refuseIfFull(asking) ?? this.#wait(lane, asking);
    // Whoever waits for it may be gone by then.
    turn.catch(() => {});
    return turn;
  }

  /** As `enter` where the party has its share waiting; undefined for all others, who may enter. The refusal comes soon. */
  refuseIfFull(asking: Asking): Promise<never> | undefined {
    const lane = this.#lanes[asking.kind];
    const line = lane.findLine(asking.party);
    return line && this.#isFull(lane, line, this.#price(asking)) ? this.refuseSoon(asking.party) : undefined;
  }

  /** One more place for a party that has its turn, where nobody else needs it: gives how to leave it, else undefined. */
  enterBeside({ party, kind }: Asking): Leave | undefined {
    const asking = { party, kind, cost: 0 };
    const lane = this.#lanes[kind];
    if (lane.atWork >= this.#countPlaces(lane, asking)) return undefined;
    const isNeeded = lane.waiting > 0 || lane.costAtWork > turnLimits.costAtWork;
    return isNeeded && !this.#presence.isAlone(party) ? undefined : this.#begin(lane, asking);
  }

  /** What it is likely to cost. Of an org that is alone its estimate will do: nobody waits for it. */
  #price(asking: Asking): number {
    if (this.#prices.isEmpty || this.#presence.isAlone(asking.party)) return asking.cost;
    return asking.cost * this.#prices.find(asking);
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
  #hasPlace(lane: Lane, asking: Asking): boolean {
    if (this.#rests.has(asking.party)) return false;
    if (lane.atWork === 0) return true;
    if (lane.atWork >= this.#countPlaces(lane, asking)) return false;
    const cost = this.#price(asking);
    if (cost <= turnLimits.smallCost) return true;
    const { costAtWork, costAtWorkAlone } = turnLimits;
    return lane.costAtWork + cost <= (this.#presence.isAlone(asking.party) ? costAtWorkAlone : costAtWork);
  }

  /** An org that is alone has no more of them for what is dear: more than there are connections would only queue for them. */
  #countPlaces({ places }: Lane, asking: Asking): number {
    const hasMore = this.#presence.isAlone(asking.party) && !this.#prices.has(asking);
    return hasMore ? places * turnLimits.alone : places;
  }

  #begin(lane: Lane, asking: Asking): Leave {
    const { party } = asking;
    const cost = this.#price(asking);
    this.#presence.arrive(party);
    lane.atWork += 1;
    lane.costAtWork += cost;
    let isOver = false;
    return (isDone = true, measured, held = 0) => {
      if (isOver) return;
      isOver = true;
      this.#presence.depart(party);
      if (measured !== undefined) this.#prices.learn(asking, measured);
      if (held > 0 && !this.#presence.isAlone(party)) this.#rest(party, held);
      lane.atWork -= 1;
      lane.costAtWork -= cost;
      if (lane.waiting === 0) return;
      if (isDone) {
        lane.doneAt = performance.now();
        this.#throughput.add(cost);
      }
      this.#callNext(lane);
    };
  }

  /** One that finds nobody in its line may always wait. */
  #isFull({ doneAt }: Lane, { waiting: [first], cost: waitingCost }: Line, cost: number): boolean {
    if (first === undefined) return false;
    const isLate = performance.now() - first.since > turnLimits.firstWaitMs && doneAt > first.since;
    return waitingCost + cost > this.#findShare() / (isLate ? 2 : 1);
  }

  /** What one of the lines in which somebody waits, of either kind, may have waiting. */
  #findShare(): number {
    const { read, write } = this.#lanes;
    return (this.#throughput.rate * turnLimits.waitingSeconds) / (read.countLines() + write.countLines());
  }

  #wait(lane: Lane, asking: Asking): Promise<Leave> {
    const { party } = asking;
    const cost = this.#price(asking);
    this.#presence.arrive(party);
    const line = lane.getLine(party);
    const { promise, resolve, reject } = Promise.withResolvers<Leave>();
    const start = Math.max(lane.virtualTime, line.finish);
    const finish = start + cost;
    line.finish = finish;
    line.cost += cost;
    lane.waiting += 1;
    const since = performance.now();
    this.#throughput.begin(since);
    const timer = setTimeout(() => {
      waiting.isGone = true;
      line.finish -= cost;
      this.#stopWaiting(lane, line, party, cost);
      if (lane.doneAt > since || this.#rests.has(party)) resolve(this.refuseSoon(party));
      else reject(createUnavailableError('The operation has waited too long to be begun.'));
      this.#callNext(lane);
    }, turnLimits.waitMs);
    const waiting: Waiting = {
      asking,
      since,
      start,
      finish,
      isGone: false,
      begin: () => {
        clearTimeout(timer);
        this.#stopWaiting(lane, line, party, cost);
        resolve(this.#begin(lane, asking));
      },
    };
    line.waiting.push(waiting);
    // It may be over before all others, and have a place where the first of them has none.
    this.#callNext(lane);
    return promise;
  }

  #stopWaiting(lane: Lane, line: Line, party: Party, cost: number): void {
    line.cost -= cost;
    lane.waiting -= 1;
    this.#presence.depart(party);
    if (this.count().waiting === 0) this.#throughput.end();
  }

  #callNext(lane: Lane): void {
    for (;;) {
      const next = lane.findNext(this.#rests);
      if (next === undefined || !this.#hasPlace(lane, next.asking)) return;
      lane.take(next);
      next.begin();
    }
  }

  /** Strangers are never alone: an org that comes is to find the event loop free. */
  #rest(party: Party, held: number): void {
    this.#rests.add(party, held / 1_000, () => {
      this.#callNext(this.#lanes.read);
      this.#callNext(this.#lanes.write);
    });
  }
}
