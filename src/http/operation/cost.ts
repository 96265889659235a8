import type { Variables } from './collect-fields.ts';

/** What an answer holds at most. */
export interface Cost {
  readonly fields: number;
  /** That the fields are in. */
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

/** Gives how to find a cost that has terms of this clock. */
export function inRounds(clock: Clock, cost: Term<Cost>): (variables: Variables) => Cost {
  return (variables) => {
    clock.round += 1;
    return evaluate(cost, variables);
  };
}

/** Finds what follows once in each round, from however many places. */
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
