import type { Variables } from './collect-fields.ts';

/** What an answer holds at most. */
export interface Cost {
  readonly fields: number;
  /** That have these fields. */
  readonly objects: number;
  /** Of its JSON in UTF-8. */
  readonly bytes: number;
}

/** What follows from the variables of a request, or is the same with all of them. */
export type Term<Value extends object> = Value | ((variables: Variables) => Value);

export function evaluate<Value extends object>(term: Term<Value>, variables: Variables): Value {
  return typeof term === 'function' ? term(variables) : term;
}

/** Counts how often it has been asked what an operation costs. */
export interface Clock {
  round: number;
}

/** Gives how to find a cost for the variables of a request; each time is a round of the clock that its terms go by. */
export function inRounds(clock: Clock, cost: Term<Cost>): (variables: Variables) => Cost {
  return (variables) => {
    clock.round += 1;
    return evaluate(cost, variables);
  };
}

/** The same term, worked out once in each round, however many places ask for it. */
export function once<Value extends object>(clock: Clock, term: Term<Value>): Term<Value> {
  if (typeof term !== 'function') return term;
  let value: Value;
  let round = 0;
  return (variables) => {
    if (round !== clock.round) value = term(variables);
    round = clock.round;
    return value;
  };
}

/** The sum: found at once where nothing depends on variables. */
export function addUp(terms: readonly Term<Cost>[]): Term<Cost> {
  let { fields, objects, bytes } = nothing;
  const open: ((variables: Variables) => Cost)[] = [];
  for (const term of terms) {
    if (typeof term === 'function') {
      open.push(term);
      continue;
    }
    fields += term.fields;
    objects += term.objects;
    bytes += term.bytes;
  }
  const sum = { fields, objects, bytes };
  if (open.length === 0) return sum;
  return (variables) => addUp([sum, ...open.map((term) => term(variables))]) as Cost;
}

/** Of each part the largest there is, be they of different costs. */
export function findLargest(terms: readonly Term<Cost>[]): Term<Cost> {
  const costs: Cost[] = [];
  for (const term of terms) {
    if (typeof term === 'function') {
      return (variables) => findLargest(terms.map((each) => evaluate(each, variables))) as Cost;
    }
    costs.push(term);
  }
  return {
    fields: Math.max(...costs.map(({ fields }) => fields)),
    objects: Math.max(...costs.map(({ objects }) => objects)),
    bytes: Math.max(...costs.map(({ bytes }) => bytes)),
  };
}

export const nothing: Cost = { fields: 0, objects: 0, bytes: 0 };
