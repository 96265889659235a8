import type { GraphQLFieldResolver } from 'graphql';
import { type Context, createBadUserInputError, getCaller } from './context.ts';

/** A gateway's reference to an entity: its type and its key, neither of them checked. */
export interface Reference {
  readonly __typename?: unknown;
  readonly id?: unknown;
}

/** Answers many references to one type at once, in their order; null for each that names nothing. */
export type FindReferenced = (
  references: readonly Reference[],
  context: Context,
) => Promise<(object | null)[]>;

const maxReferences = 1_000;

/**
 * Resolves `_entities` (Apollo Federation): one look-up per type for the whole request. A reference that names
 * nothing, in whatever way, is null and leaves its neighbours alone.
 */
export function createEntitiesResolver(
  finders: Readonly<Record<string, FindReferenced>>,
): GraphQLFieldResolver<unknown, Context, { representations: readonly unknown[] }> {
  return async (_query, { representations }, context) => {
    getCaller(context);
    if (representations.length > maxReferences) {
      throw createBadUserInputError(
        `"representations" has ${representations.length} references, but at most ${maxReferences} are allowed.`,
      );
    }
    const entities: (object | null)[] = representations.map(() => null);
    for (const [typeName, findReferenced] of Object.entries(finders)) {
      const indexes = [...representations.keys()].filter(
        (index) => getTypeName(representations[index]) === typeName,
      );
      const references = indexes.map((index) => representations[index] as Reference);
      const found = await findReferenced(references, context);
      for (const [position, index] of indexes.entries()) {
        const entity = found[position];
        if (entity) entities[index] = { __typename: typeName, ...entity };
      }
    }
    return entities;
  };
}

function getTypeName(representation: unknown): unknown {
  return (representation as Reference | null)?.__typename;
}
