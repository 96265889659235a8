import { PothosValidationError } from '@pothos/core';
import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { findOperation, findTopFields, isDocument, type Operation } from './operation.ts';

/** What one request may ask for at most; far above what apps, gateways and GraphiQL send. */
export const limits = {
  /** Of the body, in bytes. A batch of 1,000 references takes 65,000. */
  bodySize: 100_000,
  /** Of a document: what parsing and validation cost grows with them. */
  tokens: 2_000,
  /** Fields at the top of an operation, so mutations too: each may take statements of its own. */
  topFields: 25,
  /** Levels of fields. Our types end at the fourth, introspection at the thirteenth. */
  depth: 15,
  /** Fields in the whole answer, each list counted at full length: two lists of 1,000 whole groups. */
  cost: 30_000,
  /** Directives at one place: each unknown one is an error of its own. Two are defined for fields. */
  directives: 5,
  /** Times that a field may be written in one selection: it is answered once, but validation compares all pairs. */
  repetitions: 10,
} as const;

/** Refuses an operation that asks for too much: what is costly to validate before that, and the rest before execution. */
export function useLimits(schema: GraphQLSchema): Plugin {
  // Yoga remembers the documents that it has parsed.
  const checked = new WeakSet<DocumentNode>();
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => parse(source, { ...options, maxTokens: limits.tokens }));
      return ({ result }) => {
        if (!isDocument(result) || checked.has(result)) return;
        checkRepetitions(result);
        checked.add(result);
      };
    },
    onExecute({ args: { document, operationName, variableValues } }) {
      const operation = findOperation(document, operationName ?? undefined);
      if (operation) checkLimits(operation, schema, variableValues ?? {});
    },
  };
}

function checkLimits(operation: Operation, schema: GraphQLSchema, variables: Record<string, unknown>): void {
  checkLimit('top fields', findTopFields(operation).length, limits.topFields);
  const { depth, complexity } = measure(operation, schema, variables);
  checkLimit('levels of fields', depth, limits.depth);
  checkLimit('fields in its answer', complexity, limits.cost);
}

function checkRepetitions(document: DocumentNode): void {
  visit(document, {
    enter(node) {
      if ('directives' in node)
        checkLimit('directives at one place', node.directives?.length ?? 0, limits.directives);
    },
    SelectionSet({ selections }) {
      const counts = new Map<string, number>();
      for (const selection of selections) {
        if (selection.kind !== Kind.FIELD) continue;
        const key = (selection.alias ?? selection.name).value;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      checkLimit('repetitions of a field', Math.max(0, ...counts.values()), limits.repetitions);
    },
  });
}

function checkLimit(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new GraphQLError(`The operation has ${count} ${what}, but at most ${limit} are allowed: split it.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

function measure(
  { document, definition }: Operation,
  schema: GraphQLSchema,
  variables: Record<string, unknown>,
) {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  try {
    return complexityFromQuery(
      { ...document, definitions: [definition, ...fragments] },
      { schema, variables },
    );
  } catch (error) {
    if (error instanceof PothosValidationError) throw error;
    // Variables that do not fit: the executor says so better.
    return { depth: 0, complexity: 0 };
  }
}
