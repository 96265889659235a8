import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Asking, Party } from '../../../src/http/turns/asking.ts';
import { type Leave, Turns, turnLimits } from '../../../src/http/turns/turns.ts';

const connections = 4;
const places = connections + turnLimits.readsBesideConnections;
/** Of one party that is alone. */
const alone = places * turnLimits.alone;
const writesAlone = Math.ceil(places * turnLimits.writes) * turnLimits.alone;
const large = turnLimits.costAtWorkAlone;

const read = (party: Party, cost = 1): Asking => ({ party, kind: 'read', cost });
const write = (party: Party, cost = 1): Asking => ({ party, kind: 'write', cost });

afterEach(() => {
  vi.useRealTimers();
});

/** Who has begun, in order; each with how to leave. */
class Began {
  readonly parties: Party[] = [];
  readonly costs = new Map<Party, number>();
  readonly leaves: Leave[] = [];
  readonly errors: unknown[] = [];

  async enter(turns: Turns, asking: Asking): Promise<void> {
    try {
      this.leaves.push(await turns.enter(asking));
      this.parties.push(asking.party);
      this.costs.set(asking.party, (this.costs.get(asking.party) ?? 0) + asking.cost);
    } catch (error) {
      this.errors.push(error);
    }
  }

  async leaveOne(): Promise<void> {
    this.leaves.shift()?.();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

describe('Turns', () => {
  test('come at once while there is a place and nobody waits', () => {
    const turns = new Turns(connections);
    for (let index = 0; index < alone; index += 1) expect(turns.enter(read(1))).toBeTypeOf('function');
    expect(turns.enter(read(1))).toBeInstanceOf(Promise);
    expect(turns.count()).toEqual({ atWork: alone, waiting: 1 });
  });

  test('come one after the other where operations are large, and to the largest of all when it is alone', async () => {
    const turns = new Turns(connections);
    const began = new Began();
    for (const party of [1, 2, 3]) void began.enter(turns, read(party, large + 1));
    await settle();
    expect(began.parties).toEqual([1]);
    await began.leaveOne();
    expect(began.parties).toEqual([1, 2]);
  });

  test('are shared by cost: whoever waits has as much as any other, but for one operation of each', async () => {
    // Within the shares of five.
    const cost = fc.integer({ min: 1, max: 16_000 });
    const lines = fc.array(fc.array(cost, { minLength: places, maxLength: places }), {
      minLength: 2,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(lines, async (costs) => {
        const turns = new Turns(connections);
        const began = new Began();
        // One that keeps all others waiting.
        await began.enter(turns, read('strangers', large));
        const waiting = costs.map((line) => line.length);
        for (const [party, line] of costs.entries()) {
          for (const cost of line) void began.enter(turns, read(party, cost));
        }
        for (;;) {
          await began.leaveOne();
          const isAnybodyThrough = waiting.some(
            (count, party) => began.parties.filter((begun) => begun === party).length === count,
          );
          if (isAnybodyThrough) break;
          const shares = costs.map((_, party) => began.costs.get(party) ?? 0);
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(
            2 * Math.max(...costs.flat()),
          );
        }
      }),
      { numRuns: 50, endOnFailure: true },
    );
  });

  test('come, after one of another party, to who asks for the first, however many wait', async () => {
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index < 50; index += 1) void began.enter(turns, read(1));
    await settle();
    expect(began.parties).toHaveLength(alone);
    void began.enter(turns, read(2));
    while (began.parties.length < alone + 2) await began.leaveOne();
    expect(began.parties.slice(alone)).toEqual([1, 2]);
    expect(turns.count().atWork).toBeLessThanOrEqual(places + 1);
  });

  test('leave an org alone whatever strangers ask for, who are never alone themselves', () => {
    const turns = new Turns(connections);
    const beginAll = (asking: Asking, count: number) => {
      for (let index = 0; index < count; index += 1) expect(turns.enter(asking)).toBeTypeOf('function');
    };
    beginAll(read(1), 1);
    beginAll(read('strangers'), places - 1);
    beginAll(read(1), alone - places);
    expect(turns.count()).toMatchObject({ atWork: alone, waiting: 0 });
    const others = new Turns(connections);
    for (let index = 0; index <= places; index += 1) void others.enter(read('strangers'));
    expect(others.count()).toMatchObject({ atWork: places, waiting: 1 });
  });

  test('come to reads while writes are stuck', async () => {
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index < 50; index += 1) void began.enter(turns, write(1));
    for (let index = 0; index < places; index += 1) void began.enter(turns, read(2));
    await settle();
    expect(began.parties.filter((party) => party === 1)).toHaveLength(writesAlone);
    expect(began.parties.filter((party) => party === 2)).toHaveLength(places);
  });

  test.each([
    ['a write', 'while reads wait', write, read],
    ['a read', 'while writes wait', read, write],
  ] as const)('come at once to %s %s', async (_title, _while, ask, askOther) => {
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index <= alone; index += 1) void began.enter(turns, askOther(1));
    for (const cost of [1, turnLimits.smallCost + 1]) void began.enter(turns, ask(2, cost));
    await settle();
    expect(turns.count().waiting).toBeGreaterThan(0);
    expect(began.costs.get(2)).toBe(turnLimits.smallCost + 2);
  });

  test.each([
    ['as large as may be at work beside others', turnLimits.costAtWork],
    ['larger than that', 6 * turnLimits.costAtWork],
  ])('come to a read %s while writes are stuck, and to those behind it', async (_title, size) => {
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index < 50; index += 1) void began.enter(turns, write(1));
    const leave = await turns.enter(read(2));
    void began.enter(turns, read(3, size));
    void began.enter(turns, read(4, size));
    await settle();
    leave();
    await settle();
    expect(began.parties).toContain(3);
    began.leaves.pop()?.();
    await settle();
    expect(began.parties).toContain(4);
  });

  test('come at once to what is small, beside whatever is large', async () => {
    const turns = new Turns(connections);
    const began = new Began();
    const size = turnLimits.costAtWork / 2;
    for (let index = 0; index < 20; index += 1) void began.enter(turns, read(index % 10, size));
    await settle();
    expect(began.parties).toHaveLength(2);
    for (let index = 2; index < places; index += 1) void began.enter(turns, read(11, turnLimits.smallCost));
    await settle();
    expect(began.costs.get(11)).toBe((places - 2) * turnLimits.smallCost);
    // One that is larger waits, but not for the nineteenth of the others.
    void began.enter(turns, read(12, turnLimits.smallCost + 1));
    await settle();
    expect(began.parties).not.toContain(12);
    while (turns.count().waiting > 17) await began.leaveOne();
    expect(began.parties).toContain(12);
  });

  test('are refused, soon and by their number, to a party that has its share waiting already; not to another', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index < 1_000; index += 1) void began.enter(turns, read(1, 10_000));
    void began.enter(turns, read(2, 10_000));
    await vi.advanceTimersByTimeAsync(turnLimits.refusalMs);
    const { atWork, waiting } = turns.count();
    expect(began.errors.length).toBeGreaterThan(900);
    expect(began.errors).toHaveLength(1_001 - atWork - waiting);
    expect(began.errors[0]).toMatchObject({
      message: 'Too many operations are waiting; this one was not begun. Try again in a second.',
      extensions: { code: 'TOO_MANY_REQUESTS', http: { status: 429, headers: { 'Retry-After': '1' } } },
    });
    for (let index = 0; index < 20; index += 1) await began.leaveOne();
    expect(began.parties).toContain(2);
    expect(waiting).toBeGreaterThan(1);
  });

  test('are refused to a party with half its share waiting, once its first one has waited too long', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    const began = new Began();
    const ask = async (party: Party) => {
      void began.enter(turns, read(party));
      await vi.advanceTimersByTimeAsync(turnLimits.refusalMs);
    };
    // Half of its share is 250 ms, and one of them is at work.
    for (let index = 0; index < 4; index += 1) void began.enter(turns, read(1, large));
    await vi.advanceTimersByTimeAsync(turnLimits.firstWaitMs + 1);
    // As where the database hangs.
    await ask(1);
    expect(began.errors).toEqual([]);
    (await turns.enter(read(2)))();
    await ask(1);
    await ask(3);
    expect(began.errors).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }]);
    expect(began.parties).toEqual([1, 3]);
  });

  test('that have not come within a second never come', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index <= alone; index += 1) void began.enter(turns, read(1));
    await vi.advanceTimersByTimeAsync(turnLimits.waitMs - 1);
    expect(began.errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(began.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(turns.count()).toEqual({ atWork: alone, waiting: 0 });
    await began.leaveOne();
    expect(began.parties).toHaveLength(alone);
  });

  test('are refused after a second, too, where others had theirs meanwhile', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    const began = new Began();
    for (let index = 0; index < 3; index += 1) void began.enter(turns, read(1, large));
    await vi.advanceTimersByTimeAsync(900);
    await began.leaveOne();
    await vi.advanceTimersByTimeAsync(100 + turnLimits.refusalMs);
    expect(began.errors).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }]);
    expect(turns.count()).toEqual({ atWork: 1, waiting: 0 });
  });

  test('come to who asks for little beside an org whose operations have cost more than was estimated, and one of those', async () => {
    const turns = new Turns(connections);
    const began = new Began();
    (await turns.enter(read(2)))();
    for (let index = 0; index < 20; index += 1) (await turns.enter(read(1, 1_000)))(true, 50_000);
    (await turns.enter(read(2)))();
    for (let index = 0; index < 10; index += 1) void began.enter(turns, read(1, 1_000));
    for (let index = 1; index < places; index += 1) void began.enter(turns, read(2));
    await settle();
    expect(began.parties.filter((party) => party === 1)).toHaveLength(1);
    expect(began.costs.get(2)).toBe(places - 1);
  });

  test('are as many as there are places for an org that is alone, once its operations have cost more than estimated', async () => {
    const turns = new Turns(connections);
    for (let index = 0; index < 20; index += 1) (await turns.enter(read(1, 1_000)))(true, 50_000);
    for (let index = 0; index < places; index += 1) expect(turns.enter(read(1))).toBeTypeOf('function');
    expect(turns.enter(read(1))).toBeInstanceOf(Promise);
  });

  test('have a price of their own before operations are known, and one when they are', async () => {
    const before = { ...read(1, 1_000), isUnknown: true };
    for (const [dear, cheap] of [
      [before, read(1, 1_000)],
      [read(1, 1_000), before],
    ] as const) {
      const turns = new Turns(connections);
      (await turns.enter(read(2)))();
      for (let index = 0; index < 20; index += 1) (await turns.enter(dear))(true, 50_000);
      (await turns.enter(read(2)))();
      const began = [cheap, cheap, dear, dear].map((asking) => turns.enter(asking));
      const isAtOnce = began.map((turn) => typeof turn === 'function');
      expect(isAtOnce).toEqual([true, true, false, false]);
    }
  });

  test.each<[string, Party]>([
    ['strangers', 'strangers'],
    ['an org', 1],
  ])(
    'come again to %s only after as long as the event loop was held, while others have theirs',
    async (_title, party) => {
      vi.useFakeTimers();
      const turns = new Turns(connections);
      const leave = turns.enter(read(2)) as Leave;
      (turns.enter(read(party)) as Leave)(true, 30_000, 30_000);
      const began = new Began();
      void began.enter(turns, read(party));
      void began.enter(turns, write(party));
      leave();
      void began.enter(turns, read(2));
      await vi.advanceTimersByTimeAsync(29);
      expect(began.parties).toEqual([2]);
      await vi.advanceTimersByTimeAsync(2);
      expect(began.parties).toEqual([2, party, party]);
    },
  );

  test('come again to strangers after the sum of all short times in which the event loop was held', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    for (let index = 0; index < 2; index += 1) (turns.enter(read('strangers')) as Leave)(true, 1_500, 1_500);
    const began = new Began();
    void began.enter(turns, read('strangers'));
    await vi.advanceTimersByTimeAsync(2);
    expect(began.parties).toEqual([]);
    await vi.advanceTimersByTimeAsync(3);
    expect(began.parties).toEqual(['strangers']);
  });

  test('come again after as long as the event loop was held by all that was at work, one after the other', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    const leaves = [1, 2, 3, 4].map(() => turns.enter(read('strangers')) as Leave);
    for (const leave of leaves) {
      // Before the timer, as where the event loop is held.
      await vi.advanceTimersByTimeAsync(29);
      leave(true, 30_000, 30_000);
    }
    const began = new Began();
    void began.enter(turns, read('strangers'));
    await vi.advanceTimersByTimeAsync(119);
    expect(began.parties).toEqual([]);
    await vi.advanceTimersByTimeAsync(5);
    expect(began.parties).toEqual(['strangers']);
  });

  test('are refused as too many after a second to who has held the event loop for longer', async () => {
    vi.useFakeTimers();
    const turns = new Turns(connections);
    (turns.enter(read('strangers')) as Leave)(true, 2_000_000, 2_000_000);
    const began = new Began();
    void began.enter(turns, read('strangers'));
    await vi.advanceTimersByTimeAsync(turnLimits.waitMs + turnLimits.strangersRefusalMs);
    expect(began.errors).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }]);
  });

  test('come at once to an org that is alone, however long it has held the event loop', () => {
    const turns = new Turns(connections);
    (turns.enter(read(1)) as Leave)(true, 30_000, 30_000);
    expect(turns.enter(read(1))).toBeTypeOf('function');
  });

  test('beside the first are given to an org that is alone, and to others while nobody waits', async () => {
    const turns = new Turns(connections);
    const first = turns.enter(read(1)) as Leave;
    for (let index = 1; index < alone; index += 1) expect(turns.enterBeside(read(1))).toBeTypeOf('function');
    expect(turns.enterBeside(read(1))).toBeUndefined();
    first();
    const shared = new Turns(connections);
    for (const party of [1, 2]) void shared.enter(read(party));
    const beside = shared.enterBeside(read(1)) as Leave;
    expect(beside).toBeTypeOf('function');
    for (let index = 0; index < places; index += 1) void shared.enter(read(2));
    expect(shared.count().waiting).toBeGreaterThan(0);
    beside();
    expect(shared.enterBeside(read(1))).toBeUndefined();
  });

  test('end once, however often they are left', () => {
    const turns = new Turns(connections);
    const leave = turns.enter(read(1)) as Leave;
    leave();
    leave();
    expect(turns.count().atWork).toBe(0);
  });
});
