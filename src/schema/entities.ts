import { Batch } from './base/batch.ts';
import { type Context, getCaller } from './base/context.ts';
import { createBadUserInputError } from './base/errors.ts';
import { maxListSize } from './base/field-cost.ts';

/** A gateway's reference to an entity: its type and its key, neither of them checked. */
export interface Reference {
  readonly __typename?: unknown;
  readonly id?: unknown;
}

/** Answers many references to one type at once, in their order; null for each that names nothing. */
export type FindReferenced<Entity> = (
  references: readonly Reference[],
  context: Context,
) => Promise<(Entity | null)[]>;

type Finders<Entity> = Readonly<Record<string, FindReferenced<Entity>>>;

/**
 * Resolves `_entities` (Apollo Federation) with the finder of each type: one look-up per type for the whole request,
 * however many times the request has the field. A reference that names nothing, in whatever way, is null and leaves
 * its neighbours alone. Throws UNAUTHENTICATED without a caller, BAD_USER_INPUT for more than 1,000 references.
 */
export function createEntitiesResolver<Entity extends object>(
  finders: Finders<Entity>,
): (representations: readonly unknown[], context: Context) => Promise<(Entity | null)[]> {
  return async (representations, context) => {
    getCaller(context);
    // The top fields of a request are all begun in one turn, so that the batch has every reference.
    context.entityBatch ??= new Batch((references) => findEntities(finders, references, context));
    return (await context.entityBatch.loadAll(representations)) as (Entity | null)[];
  };
}

async function findEntities(
  finders: Finders<object>,
  references: readonly unknown[],
  context: Context,
): Promise<(object | null)[]> {
  if (references.length > maxListSize) {
    throw createBadUserInputError(
      `"representations" has ${references.length} references, but at most ${maxListSize} are allowed in a request.`,
    );
  }
  const entities: (object | null)[] = references.map(() => null);
  for (const [typeName, findReferenced] of Object.entries(finders)) {
    const indexes = [...references.keys()].filter((index) => getTypeName(references[index]) === typeName);
    const found = await findReferenced(
      indexes.map((index) => references[index] as Reference),
      context,
    );
    for (const [position, index] of indexes.entries()) {
      const entity = found[position];
      if (entity) entities[index] = entity;
    }
  }
  return entities;
}

function getTypeName(reference: unknown): unknown {
  return (reference as Reference | null)?.__typename;
}
