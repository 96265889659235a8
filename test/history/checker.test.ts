import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findContradiction } from './checker.ts';
import {
  type Answer,
  type Call,
  carryOut,
  explains,
  type Group,
  type Request,
  type State,
  toState,
} from './model.ts';

/** A call of a user from one instant to another; without an answer its outcome is unknown. */
function call(
  userId: number,
  [startedAt, end]: readonly [number, number],
  request: Request,
  answer?: Answer,
): Call {
  return { userId, request, startedAt, endedAt: answer ? end : Number.POSITIVE_INFINITY, answer };
}

function group(lastUpdatedOn: number, lastUpdatedBy: number, rank: number, isActive = true): Group {
  return { id: 'a', rank, isActive, lastUpdatedBy, lastUpdatedOn };
}

const done = (group: Group | null): Answer => ({ isDone: true, group });
const refused = (group: Group | null): Answer => ({ isDone: false, group });
const read: Request = { is: 'read' };
const ranked = (rank: number, ifLastUpdatedOn?: number): Request => ({
  is: 'update',
  rank,
  ...(ifLastUpdatedOn !== undefined && { ifLastUpdatedOn }),
});

const first = group(10, 1, 1);
const created = call(1, [0, 1], { is: 'create', rank: 1 }, done(first));
const second = group(20, 2, 2);

describe('a history that some order explains', () => {
  test.each<[string, Call[]]>([
    ['has no calls', []],
    [
      'has creates that race: one makes the group, the others are told of it',
      [call(2, [0, 3], { is: 'create', rank: 2 }, refused(first)), created],
    ],
    [
      'has a read beside an update that sees what was before, after one that sees what it makes',
      [
        created,
        call(2, [2, 9], ranked(2), done(second)),
        call(3, [3, 6], read, done(second)),
        call(4, [3, 8], read, done(first)),
      ],
    ],
    [
      'has an update that changes nothing, after a read of the same state',
      [created, call(3, [2, 3], read, done(first)), call(2, [4, 5], ranked(1, 10), done(first))],
    ],
    [
      'has racing updates with the same ifLastUpdatedOn, of which one is made',
      [
        created,
        call(2, [2, 5], ranked(2, 10), done(second)),
        call(3, [2, 5], ranked(3, 10), refused(second)),
      ],
    ],
    [
      'has an update of unknown outcome that was made late',
      [
        created,
        call(2, [2, 0], ranked(2)),
        call(3, [3, 4], read, done(first)),
        call(3, [5, 6], read, done(second)),
      ],
    ],
    [
      'has an update of unknown outcome that was never made',
      [created, call(2, [2, 0], ranked(2)), call(3, [3, 4], read, done(first))],
    ],
    [
      'has two updates of unknown outcome of which only the result of both is seen',
      [
        created,
        call(2, [2, 0], ranked(2)),
        call(3, [2, 0], { is: 'update', isActive: false }),
        call(4, [5, 6], read, done(group(30, 2, 2, false))),
      ],
    ],
    [
      'has a create of unknown outcome whose group others are told of',
      [
        call(1, [0, 0], { is: 'create', rank: 1 }),
        call(2, [1, 2], { is: 'create', rank: 2 }, refused(first)),
      ],
    ],
    [
      'has two updates of unknown outcome that may both have made what is seen first, and one what is seen later',
      [
        created,
        call(2, [2, 0], { is: 'update', rank: 2, isActive: true }),
        call(2, [2, 0], ranked(2)),
        call(3, [5, 6], read, done(second)),
        call(3, [7, 8], { is: 'update', rank: 3, isActive: false }, done(group(30, 3, 3, false))),
        call(3, [9, 10], read, done(group(40, 2, 2))),
      ],
    ],
  ])('%s', (_, calls) => expect(findContradiction(calls)).toBeUndefined());
});

describe('a history that no order explains', () => {
  test.each<[string, Call[]]>([
    [
      'has a lost update: both began with what was before',
      [
        created,
        call(2, [2, 5], ranked(2), done(second)),
        call(3, [2, 5], { is: 'update', isActive: false }, done(group(30, 3, 1, false))),
      ],
    ],
    [
      'has two updates made with the same ifLastUpdatedOn',
      [
        created,
        call(2, [2, 5], ranked(2, 10), done(second)),
        call(3, [2, 5], ranked(3, 10), done(group(30, 3, 3))),
      ],
    ],
    [
      'has an update made with an ifLastUpdatedOn that was old',
      [
        created,
        call(2, [2, 3], ranked(2), done(second)),
        call(3, [4, 5], ranked(3, 10), done(group(30, 3, 3))),
      ],
    ],
    [
      'has an update refused although its ifLastUpdatedOn was right',
      [created, call(2, [2, 3], ranked(2, 10), refused(first))],
    ],
    [
      'has a stale read',
      [created, call(2, [2, 3], ranked(2), done(second)), call(3, [4, 5], read, done(first))],
    ],
    ['has a group that is not there any more', [created, call(2, [2, 3], read, done(null))]],
    [
      'has an update that was acknowledged and is gone',
      [
        created,
        call(2, [2, 3], ranked(2), done(second)),
        call(3, [4, 5], ranked(3), done(group(30, 3, 3))),
        call(4, [6, 7], read, done(second)),
      ],
    ],
    [
      'has two creates of one name',
      [created, call(2, [0, 1], { is: 'create', rank: 2 }, done({ ...second, id: 'b' }))],
    ],
    ['has a state that nobody has made', [created, call(2, [2, 3], read, done(second))]],
    [
      'has a state seen before the update of unknown outcome began that made it',
      [created, call(3, [2, 3], read, done(second)), call(2, [4, 0], ranked(2))],
    ],
    [
      'has an update of unknown outcome that was made twice',
      [
        created,
        call(2, [2, 0], ranked(2)),
        call(3, [3, 4], read, done(second)),
        call(3, [5, 6], ranked(3), done(group(30, 3, 3))),
        call(3, [7, 8], read, done(group(40, 2, 2))),
      ],
    ],
    ['has two states with one lastUpdatedOn', [created, call(2, [2, 3], read, done(group(10, 1, 7)))]],
    [
      'has a state seen before the update began that made it',
      [created, call(3, [2, 3], read, done(second)), call(2, [4, 5], ranked(2), done(second))],
    ],
  ])('%s', (_, calls) => expect(findContradiction(calls)).toBeDefined());

  test('is told by the calls that cannot be explained', () => {
    const update = call(2, [2, 3], ranked(2), done(second));
    const stale = call(3, [4, 5], read, done(first));
    expect(findContradiction([created, update, stale])).toEqual({
      state: null,
      calls: [created, stale],
      later: [update],
    });
  });
});

/** Every order, tried one after the other. */
function isExplained(calls: readonly Call[], state: State | null = null): boolean {
  const firstEnd = Math.min(...calls.map(({ endedAt }) => endedAt));
  if (calls.every(({ answer }) => answer === undefined)) return true;
  return calls.some((next) => {
    if (next.startedAt > firstEnd) return false;
    const rest = calls.filter((other) => other !== next);
    const { answer } = next;
    if (answer) return explains(state, { ...next, answer }) && isExplained(rest, toState(answer.group));
    return isExplained(rest, carryOut(state, next) ?? state) || isExplained(rest, state);
  });
}

const rank = fc.integer({ min: 1, max: 2 });
const request = fc.oneof(
  fc.record({ is: fc.constant('create' as const), rank }),
  fc.record(
    { is: fc.constant('update' as const), rank, isActive: fc.boolean(), ifLastUpdatedOn: fc.nat(3) },
    { requiredKeys: ['is'] },
  ),
  fc.constant(read),
);
/** `at` is when it is carried out, if it is; `spoilt` changes its answer. */
const planned = fc.record({
  userId: fc.integer({ min: 1, max: 2 }),
  request,
  startedAt: fc.nat(20),
  takes: fc.nat(10),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  isKnown: fc.boolean(),
  spoilt: fc.option(
    fc.record({ rank, isActive: fc.boolean(), lastUpdatedOn: fc.nat(3) }, { requiredKeys: [] }),
    {
      nil: undefined,
      freq: 8,
    },
  ),
});

/** Carries the calls out one after the other, as the model has it. */
function play(plan: readonly (typeof planned extends fc.Arbitrary<infer One> ? One : never)[]): Call[] {
  let state: State | null = null;
  let now = 0;
  return plan
    .toSorted((a, b) => a.startedAt + a.takes * a.at - (b.startedAt + b.takes * b.at))
    .map(({ userId, request, startedAt, takes, isKnown, spoilt }) => {
      const asked = call(userId, [startedAt, 0], request);
      const next = carryOut(state, asked);
      if (next && !next.isExact) {
        now += 1;
        state = { ...next, id: 'a', lastUpdatedOn: now, isExact: true };
      }
      if (!isKnown && request.is !== 'read') return asked;
      const found = state && { ...toGroup(state), ...spoilt };
      return call(userId, [startedAt, startedAt + takes], request, {
        isDone: next !== undefined,
        group: found,
      });
    });
}

function toGroup({ isExact, ...state }: State): Group {
  return { ...state, id: 'a' };
}

test('it finds a contradiction exactly where no order of all orders explains the answers', () => {
  const verdicts = { explained: 0, contradicted: 0 };
  fc.assert(
    fc.property(fc.array(planned, { minLength: 1, maxLength: 7, size: 'max' }), (plan) => {
      const calls = play(plan);
      const explained = isExplained(calls);
      verdicts[explained ? 'explained' : 'contradicted'] += 1;
      expect(findContradiction(calls) === undefined).toBe(explained);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(verdicts.explained, verdicts.contradicted)).toBeGreaterThan(300);
});
