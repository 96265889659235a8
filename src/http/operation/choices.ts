import { Kind, visit } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Variables } from './collect-fields.ts';
import type { Cost } from './cost.ts';
import type { Operation } from './operation.ts';
import type { Plan } from './plan.ts';

/** What is found out of an operation once for one choice of what its variables include. */
export interface Choice {
  readonly findCost: (variables: Variables) => Cost;
  readonly plan: Plan;
  /** How many the two are made of, each counted in all its places. */
  readonly selections: number;
}

/** Of one operation: two for each variable that decides. */
const maxChoices = 16;
/** In all of them; each takes some 60 bytes of a plan, and 400 of a cost where a variable says how large it is. */
const maxSelections = 2_500;

interface Choices {
  /** The variables that decide what is included. */
  readonly deciding: readonly string[];
  readonly known: LRUCache<string, Choice>;
}

const remembered = new WeakMap<Operation, Choices>();

/** What is known for the choice that coerced variables make. */
export function recallChoice(operation: Operation, variables: Variables): Choice | undefined {
  const choices = remembered.get(operation);
  return choices?.known.get(nameChoice(choices, variables));
}

export function rememberChoice(operation: Operation, variables: Variables, choice: Choice): void {
  const choices = remembered.get(operation) ?? begin(operation);
  choices.known.set(nameChoice(choices, variables), choice);
}

function begin(operation: Operation): Choices {
  const known = new LRUCache<string, Choice>({
    max: maxChoices,
    maxSize: maxSelections,
    // The last one is remembered, however large it is.
    sizeCalculation: ({ selections }) => Math.min(selections, maxSelections),
  });
  const begun = { deciding: findDeciding(operation), known };
  remembered.set(operation, begun);
  return begun;
}

function nameChoice({ deciding }: Choices, variables: Variables): string {
  return deciding.map((name) => variables[name]).join();
}

function findDeciding({ document }: Operation): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      for (const { value } of directive.arguments ?? []) {
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      }
    },
  });
  return [...names];
}
