import type { GraphQLFieldResolver } from 'graphql';
import { type Context, createBadUserInputError, getCaller } from './base/context.ts';

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

type Finders = Readonly<Record<string, FindReferenced>>;
type Entities = (object | null)[];

/** All references of one request, and the answers to them. */
interface Batch {
  readonly references: unknown[];
  readonly entities: Promise<Entities>;
}

const maxReferences = 1_000;

/**
 * Resolves `_entities` (Apollo Federation): one look-up per type for the whole request, however many times the
 * request has the field. A reference that names nothing, in whatever way, is null and leaves its neighbours alone.
 */
export function createEntitiesResolver(
  finders: Finders,
): GraphQLFieldResolver<unknown, Context, { representations: readonly unknown[] }> {
  const batches = new WeakMap<Context, Batch>();

  return async (_query, { representations }, context) => {
    getCaller(context);
    const batch = batches.get(context) ?? startBatch(finders, context);
    batches.set(context, batch);
    const start = batch.references.length;
    for (const reference of representations) batch.references.push(reference);
    return (await batch.entities).slice(start, start + representations.length);
  };
}

/** The top fields of a request are all begun in one turn, so every reference is there in the next. */
function startBatch(finders: Finders, context: Context): Batch {
  const references: unknown[] = [];
  return { references, entities: Promise.resolve().then(() => findEntities(finders, references, context)) };
}

async function findEntities(
  finders: Finders,
  references: readonly unknown[],
  context: Context,
): Promise<Entities> {
  if (references.length > maxReferences) {
    throw createBadUserInputError(
      `"representations" has ${references.length} references, but at most ${maxReferences} are allowed in a request.`,
    );
  }
  const entities: Entities = references.map(() => null);
  for (const [typeName, findReferenced] of Object.entries(finders)) {
    const indexes = [...references.keys()].filter((index) => getTypeName(references[index]) === typeName);
    const found = await findReferenced(
      indexes.map((index) => references[index] as Reference),
      context,
    );
    for (const [position, index] of indexes.entries()) {
      const entity = found[position];
      if (entity) entities[index] = { __typename: typeName, ...entity };
    }
  }
  return entities;
}

function getTypeName(reference: unknown): unknown {
  return (reference as Reference | null)?.__typename;
}
