import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../../auth/caller.ts';
import type { Context } from '../../schema/base/context.ts';
import type { Variables } from './collect-fields.ts';
import type { Cost } from './cost.ts';
import { type Holding, hold } from './holding.ts';
import { findDepth, findTopFields, isDocument, type Operation } from './operation.ts';
import { createCoercionError, createTooMuchError } from './refusal.ts';

/** What one request may ask for at most; far above what apps, gateways and GraphiQL send. */
export const limits = {
  /** Of a document: what parsing and validation cost grows with them. */
  tokens: 2_000,
  /** Of a document: each error in it counts those before its place. */
  lines: 2_000,
  /** That an answer tells of, in a document; one more says that there are others. */
  validationErrors: 20,
  /** Fields at the top of an operation, so mutations too: each may take statements of its own. */
  topFields: 25,
  /** Levels of fields. Our types end at the seventh, introspection by tools at the fifteenth. */
  depth: 15,
  /** Fields in the whole answer, each list counted at full length: two lists of 1,000 whole groups. */
  fields: 30_000,
  /** Of the whole answer, with names at their longest: the same two lists take 2.8 MB. */
  bytes: 4_000_000,
  /** The same for callers without credentials, who may ask for the schema alone: eight times what tools ask for. */
  bytesWithoutCredentials: 500_000,
  /** Directives at one place: each unknown one is an error of its own. Two are defined for fields. */
  directives: 5,
  /**
   * Times that a field may be written in one selection, inline fragments included: it is answered once, but validation
   * compares all pairs.
   */
  repetitions: 25,
  /** Of lists in the variables, all together: a body has room for 3,700 ids. */
  entries: 4_000,
  /** Of an object in variables that do not coerce: each unknown one is an error, which prints all of them. */
  inputFields: 100,
  /** The same of variables that do not coerce, where each error repeats the value that was given. */
  coercionErrors: 5,
} as const;

/** Lists count at full length, so one that does not say how long it is may be too much by itself. */
const remedyOfSize = 'split it, or ask for less of its lists by "first" or "last"';

const explainComparisons =
  'The operation gives too many fields the same names in fragments of the same place: validation compares them all. ' +
  'Split it, or use fewer fragments.';

/** Refuses a document that is costly to parse or to validate, before that. */
export function useLimits(): Plugin<Context & Holding> {
  const checked = new WeakSet<DocumentNode>();
  return {
    onParse({ params: { source }, setParseFn, context }) {
      checkLimit('lines', countLines(String(source)), limits.lines);
      setParseFn((source, options) =>
        hold(context, () => parse(source, { ...options, maxTokens: limits.tokens })),
      );
      return ({ result }) => {
        if (hasTooManyTokens(result))
          throw createTooMuchError(`The operation has more than ${limits.tokens} tokens: split it.`);
        if (!isDocument(result) || checked.has(result)) return;
        hold(context, () => checkDocument(result));
        checked.add(result);
      };
    },
    onValidate({ setValidationFn, context }) {
      setValidationFn((schema, document, rules) =>
        hold(context, () => validate(schema, document, rules, { maxErrors: limits.validationErrors })),
      );
      return ({ result }) => {
        if (hasTooMuchToCompare(result)) throw createTooMuchError(explainComparisons);
      };
    },
  };
}

function countLines(text: string): number {
  return (text.match(/\r\n|[\n\r]/g)?.length ?? 0) + 1;
}

function hasTooManyTokens(result: unknown): boolean {
  return result instanceof GraphQLError && result.message.endsWith('tokens. Parsing aborted.');
}

/** graphql's own bound: it stops at half a million comparisons of fields. */
function hasTooMuchToCompare(errors: readonly unknown[]): boolean {
  return errors.some((error) => error instanceof GraphQLError && error.message === 'Validation aborted.');
}

/** Throws where a valid operation has too many fields at its top, or levels of them. */
export function checkShape(operation: Operation): void {
  checkLimit('top fields', findTopFields(operation).length, limits.topFields);
  checkLimit('levels of fields', findDepth(operation), limits.depth);
}

/** Throws where an answer is too large for who asks for it. */
export function checkCost({ fields, bytes }: Cost, caller: Caller | undefined): void {
  checkLimit('fields in its answer', fields, limits.fields, remedyOfSize);
  const most = caller ? limits.bytes : limits.bytesWithoutCredentials;
  checkLimit('bytes in its answer', bytes, most, remedyOfSize);
}

/** Gives the variables, coerced. Throws for too many of them, and for the first ones that do not coerce. */
export function coerceVariables(
  { definition }: Operation,
  schema: GraphQLSchema,
  given: Variables,
): Variables {
  checkLimit('entries in the lists of its variables', countEntries(given), limits.entries);
  const attempt = (maxErrors: number) =>
    getVariableValues(schema, definition.variableDefinitions ?? [], given, { maxErrors });
  const { coerced } = attempt(0);
  if (coerced) return coerced;
  checkInputs(given);
  const { errors = [] } = attempt(limits.coercionErrors);
  throw new AggregateError(errors.map(createCoercionError));
}

/** Where our inputs have lists: in a variable, or in a field of one. */
function countEntries(given: Variables): number {
  let count = 0;
  for (const value of Object.values(given)) {
    if (Array.isArray(value)) count += value.length;
    else if (isObject(value))
      for (const field of Object.values(value)) if (Array.isArray(field)) count += field.length;
  }
  return count;
}

/** Bounds what the errors of variables that do not coerce would print. */
function checkInputs(given: Variables): void {
  const pending = Object.values(given).filter(isObject);
  for (const value of pending) {
    const inside = Object.values(value);
    if (!Array.isArray(value)) checkLimit('fields in an input', inside.length, limits.inputFields);
    for (const one of inside) if (isObject(one)) pending.push(one);
  }
}

function checkDocument(document: DocumentNode): void {
  visit(document, {
    enter(node) {
      if ('directives' in node)
        checkLimit('directives at one place', node.directives?.length ?? 0, limits.directives);
    },
    SelectionSet(selectionSet) {
      const counts = new Map<string, number>();
      countFields(selectionSet, counts);
      checkLimit('repetitions of a field', Math.max(0, ...counts.values()), limits.repetitions);
    },
  });
}

function countFields({ selections }: SelectionSetNode, counts: Map<string, number>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) countFields(selection.selectionSet, counts);
    if (selection.kind !== Kind.FIELD) continue;
    const key = (selection.alias ?? selection.name).value;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

function checkLimit(what: string, count: number, limit: number, remedy = 'split it'): void {
  if (count <= limit) return;
  throw createTooMuchError(
    `The operation has ${count} ${what}, but at most ${limit} are allowed: ${remedy}.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
