import type { GraphQLError } from 'graphql';
import { createTooManyRequestsError, createUnavailableError } from '../../schema/base/errors.ts';

/** Who takes turns: an org, or all whose credentials are not known. */
export type Party = number | 'strangers';

/** A write may be stuck where a read is not. */
export type Kind = 'read' | 'write';

export interface Asking {
  readonly party: Party;
  readonly kind: Kind;
  readonly cost: number;
}

/** Ends a turn, once; `isDone` unless what it depends on was away. */
export type Leave = (isDone?: boolean) => void;

/**
 * The bounds, in the cost that operations are measured by: fields of an answer. A second of one core is about two
 * million, whatever the operations are, once each counts for 250 more.
 */
export const turnLimits = {
  /** What an operation costs besides its fields. */
  operation: 250,
  /** The same where nothing is known of it yet: it has to be parsed and validated, or its credentials looked up. */
  unknownOperation: 2_500,
  /** Reads at work, beyond one for each connection: an answer is written while the next statement is on its way. */
  readsBesideConnections: 2,
  /** Writes at work, as a part of that. They have their own places: where all writes are stuck, reads go on. */
  writes: 0.75,
  /** Both are so many times as many for a party that is alone, which then waits for connections alone. */
  alone: 4,
  /** Who has asked alone for so long, in ms. */
  aloneAfterMs: 1_000,
  /** At work at once: two lists of 1,000, so that whoever comes next waits for no more. */
  costAtWork: 24_000,
  /** The same for a party that is alone: one of them for each of ten connections. One operation always may. */
  costAtWorkAlone: 120_000,
  /** Of an org, in seconds of its share: what is admitted has its turn by then, and half a second more to be answered. */
  waitingSeconds: 0.5,
  /** A turn that has not come by then, in ms, never comes: nothing moves, as where the database hangs. */
  waitMs: 1_000,
  /** In ms: who is refused asks again at once, and would take the time of all others by that. */
  refusalMs: 50,
} as const;

interface Waiting {
  readonly asking: Asking;
  /** The virtual time of its turn. */
  readonly start: number;
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
  /** Since the start. */
  readonly refused: number;
}

/**
 * Start-time fair queuing (Goyal, Vin and Cheng, 1996): parties that wait have turns in proportion to what their
 * operations cost, so that each has its equal share, whatever the others ask for. Who finds nobody waiting and a place
 * free does not wait.
 */
export class Turns {
  readonly #places: Readonly<Record<Kind, number>>;
  readonly #lines = new Map<string, Line>();
  readonly #atWork = { read: 0, write: 0 };
  #costAtWork = 0;
  /** Who has asked last. */
  #party: Party | undefined;
  #sharedUntil = 0;
  #virtualTime = 0;
  #waiting = 0;
  #refused = 0;
  #refusals: (() => void)[] = [];
  /** Cost a second, as it has lately been while operations waited. */
  #rate = 1_000_000;
  #window: { readonly since: number; cost: number } | undefined;

  /** For operations that share so many connections to the database. */
  constructor(connections: number) {
    const reads = connections + turnLimits.readsBesideConnections;
    this.#places = { read: reads, write: Math.ceil(reads * turnLimits.writes) };
  }

  count(): TurnCounts {
    const { read, write } = this.#atWork;
    return { atWork: read + write, waiting: this.#waiting, refused: this.#refused };
  }

  /**
   * Gives at once how to leave, to who may begin now; who may not waits for its turn. Rejects with TOO_MANY_REQUESTS,
   * soon, where the party has its share waiting already, and with SERVICE_UNAVAILABLE after a second without a turn.
   */
  enter(asking: Asking): Leave | Promise<Leave> {
    if (asking.party !== this.#party) {
      if (this.#party !== undefined) this.#sharedUntil = performance.now() + turnLimits.aloneAfterMs;
      this.#party = asking.party;
    }
    if (this.#waiting === 0 && this.#hasPlace(asking)) return this.#begin(asking);
    const { party, kind, cost } = asking;
    const key = `${kind} ${party}`;
    const line = this.#lines.get(key) ?? { kind, waiting: [], cost: 0, finish: 0 };
    this.#lines.set(key, line);
    const { promise, resolve, reject } = Promise.withResolvers<Leave>();
    // Whoever waits for it may be gone by then.
    promise.catch(() => {});
    const isFull = line.waiting.length >= this.#places.read && line.cost + cost > this.#findShare();
    if (isFull) this.#refuse(reject);
    else this.#wait(line, asking, resolve, reject);
    return promise;
  }

  #hasPlace({ kind, cost }: Asking): boolean {
    const { read, write } = this.#atWork;
    if (read + write === 0) return true;
    const isAlone = performance.now() >= this.#sharedUntil;
    if (this.#atWork[kind] >= this.#places[kind] * (isAlone ? turnLimits.alone : 1)) return false;
    return this.#costAtWork + cost <= (isAlone ? turnLimits.costAtWorkAlone : turnLimits.costAtWork);
  }

  #begin({ kind, cost }: Asking): Leave {
    this.#atWork[kind] += 1;
    this.#costAtWork += cost;
    let isOver = false;
    return (isDone = true) => {
      if (isOver) return;
      isOver = true;
      this.#atWork[kind] -= 1;
      this.#costAtWork -= cost;
      if (this.#waiting === 0) return;
      if (isDone) this.#measure(cost);
      this.#callNext();
    };
  }

  /** What one of the lines in which somebody waits may have waiting. */
  #findShare(): number {
    let lines = 0;
    for (const { waiting } of this.#lines.values()) if (waiting.length > 0) lines += 1;
    return (this.#rate * turnLimits.waitingSeconds) / lines;
  }

  #wait(
    line: Line,
    asking: Asking,
    resolve: (leave: Leave) => void,
    reject: (error: GraphQLError) => void,
  ): void {
    const { cost } = asking;
    const start = Math.max(this.#virtualTime, line.finish);
    line.finish = start + cost;
    line.cost += cost;
    this.#waiting += 1;
    this.#window ??= { since: performance.now(), cost: 0 };
    const timer = setTimeout(() => {
      waiting.isGone = true;
      this.#stopWaiting(line, cost);
      reject(createUnavailableError('The operation has waited too long to be begun.'));
      this.#callNext();
    }, turnLimits.waitMs);
    const waiting: Waiting = {
      asking,
      start,
      isGone: false,
      begin: () => {
        clearTimeout(timer);
        this.#stopWaiting(line, cost);
        resolve(this.#begin(asking));
      },
    };
    line.waiting.push(waiting);
    // There may be places, which what waits already cannot take: writes, where too many are at work.
    this.#callNext();
  }

  #stopWaiting(line: Line, cost: number): void {
    line.cost -= cost;
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#window = undefined;
  }

  /** All that are refused within the time are told together. */
  #refuse(reject: (error: GraphQLError) => void): void {
    this.#refused += 1;
    this.#refusals.push(() => reject(createTooManyRequestsError()));
    if (this.#refusals.length > 1) return;
    setTimeout(() => {
      const refusals = this.#refusals;
      this.#refusals = [];
      for (const refuse of refusals) refuse();
    }, turnLimits.refusalMs);
  }

  #callNext(): void {
    for (let next = this.#findNext(); next && this.#hasPlace(next.head.asking); next = this.#findNext()) {
      next.line.waiting.shift();
      this.#virtualTime = next.head.start;
      next.head.begin();
    }
  }

  /** The first of those that wait, by their virtual times; without writes, where no more of them may begin. */
  #findNext(): { line: Line; head: Waiting } | undefined {
    let next: { line: Line; head: Waiting } | undefined;
    for (const [key, line] of this.#lines) {
      while (line.waiting[0]?.isGone) line.waiting.shift();
      const [head] = line.waiting;
      if (head === undefined) {
        if (line.finish <= this.#virtualTime) this.#lines.delete(key);
      } else if (line.kind === 'write' && !this.#hasPlace(head.asking)) {
        // It would keep reads waiting, which may have places.
      } else if (next === undefined || head.start < next.head.start) {
        next = { line, head };
      }
    }
    return next;
  }

  #measure(cost: number): void {
    const window = this.#window;
    if (window === undefined) return;
    window.cost += cost;
    const seconds = (performance.now() - window.since) / 1_000;
    if (seconds < 0.25) return;
    // Up at once and down slowly: a moment in which nothing moves says little of the next one.
    this.#rate = Math.max(window.cost / seconds, 0.9 * this.#rate);
    this.#window = { since: performance.now(), cost: 0 };
  }
}
