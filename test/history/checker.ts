import {
  type Answer,
  type Call,
  carryOut,
  explains,
  type Group,
  matches,
  type State,
  toState,
} from './model.ts';

type Answered = Call & { readonly answer: Answer };

/** Where every order of the calls ends that explains as many answers as can be explained. */
export interface Contradiction {
  /** What the calls before have left. */
  readonly state: Group | null;
  /** All that were told of the next state: nothing leads there, or not all of them can have been told of it. */
  readonly calls: readonly Call[];
  /** Calls that were told of a later state, and ended before one of those began. */
  readonly later: readonly Call[];
}

/**
 * Looks for an order of the calls about one group that explains every answer, in which a call that ended before
 * another began comes first, and calls of unknown outcome come anywhere after their beginning, or never
 * (linearizability). Undefined when there is one.
 *
 * The search of Wing and Gong, made short by what a group tells of itself: each answer has the whole group with its
 * `lastUpdatedOn`, which grows with every change. So the order of the answers is given, but for those that tell of the
 * same state, and what is searched for are the places of the calls of unknown outcome.
 */
export function findContradiction(calls: readonly Call[]): Contradiction | undefined {
  const open = calls.filter(({ answer }) => answer === undefined);
  const answered = calls.filter((call): call is Answered => call.answer !== undefined);
  const states = [...Map.groupBy(answered, findInstant)]
    .toSorted(([a], [b]) => a - b)
    .map(([, told]) => told);
  /** When the first call ends that was told of this state or a later one. */
  const firstEnds = [Number.POSITIVE_INFINITY];
  for (const told of states.toReversed()) {
    firstEnds.unshift(Math.min(firstEnds[0] as number, ...told.map(({ endedAt }) => endedAt)));
  }

  /** The smallest sets of open calls that lead to a state, from the one before and after the `spent` ones. */
  function* findWays(index: number, spent: ReadonlySet<Call>): Generator<ReadonlySet<Call>> {
    const told = states[index] as Answered[];
    if (told.some(({ startedAt }) => startedAt > (firstEnds[index + 1] as number))) return;
    const isExplained = explainState(told);
    const usable = open.filter((call) => !spent.has(call) && call.startedAt <= (firstEnds[index] as number));
    const ways: ReadonlySet<Call>[] = [];
    const reached = [{ state: findState(index - 1), made: new Set<Call>() as ReadonlySet<Call> }];
    const setsByState = new Map<string, ReadonlySet<Call>[]>();
    // It grows meanwhile.
    for (const { state, made } of reached) {
      if (ways.some((way) => way.isSubsetOf(made))) continue;
      if (isExplained(state)) {
        ways.push(made);
        yield made;
        continue;
      }
      for (const call of usable.filter((one) => !made.has(one))) {
        const next = carryOut(state, call);
        if (next === undefined || next === state) continue;
        const more = made.union(new Set([call]));
        const key = JSON.stringify(next);
        const sets = setsByState.get(key) ?? [];
        if (sets.some((set) => set.isSubsetOf(more))) continue;
        setsByState.set(key, [...sets, more]);
        reached.push({ state: next, made: more });
      }
    }
  }

  function findState(index: number): State | null {
    return toState(states[index]?.[0]?.answer.group ?? null);
  }

  const tried = new Set<string>();
  const path = [{ spent: new Set<Call>() as ReadonlySet<Call>, ways: findWays(0, new Set()) }];
  let furthest = 0;
  for (let last = path.at(-1); states.length > 0 && last !== undefined; last = path.at(-1)) {
    const { value, done } = last.ways.next();
    if (done) {
      path.pop();
      continue;
    }
    if (path.length === states.length) return undefined;
    const spent = last.spent.union(value);
    const key = `${path.length}: ${open.map((call) => Number(spent.has(call))).join('')}`;
    if (tried.has(key)) continue;
    tried.add(key);
    furthest = Math.max(furthest, path.length);
    path.push({ spent, ways: findWays(path.length, spent) });
  }
  if (states.length === 0) return undefined;
  const told = states[furthest] as Answered[];
  const lastStart = Math.max(...told.map(({ startedAt }) => startedAt));
  return {
    state: states[furthest - 1]?.[0]?.answer.group ?? null,
    calls: told,
    later: states.slice(furthest + 1).flatMap((later) => later.filter(({ endedAt }) => endedAt < lastStart)),
  };
}

function findInstant({ answer }: Answered): number {
  return answer.group?.lastUpdatedOn ?? Number.NEGATIVE_INFINITY;
}

/**
 * Whether what comes before a state explains all who were told of it: it is that state already, made by a call of
 * unknown outcome, or one of them has made it, and then no other of them ended before that one began.
 */
function explainState(told: readonly Answered[]): (before: State | null) => boolean {
  const { group } = (told[0] as Answered).answer;
  const after = toState(group);
  const firstEnd = Math.min(...told.map(({ endedAt }) => endedAt));
  const isSame = told.every(({ answer }) => matches(after, answer.group));
  const strangers = told.filter((call) => !explains(after, call));
  // Whoever has made the state need not be explained by it.
  const makers = told.filter(
    (call) => call.startedAt <= firstEnd && strangers.every((stranger) => stranger === call),
  );
  return (before) =>
    isSame &&
    ((strangers.length === 0 && matches(before, group)) || makers.some((maker) => explains(before, maker)));
}
