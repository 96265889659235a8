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
type Found<Entity> = Entity | null;

/** All references of one request, and the answers to them. */
interface Batch<Entity> {
  readonly references: unknown[];
  readonly entities: Promise<Found<Entity>[]>;
}

/**
 * Resolves `_entities` (Apollo Federation) with the finder of each type: one look-up per type for the whole request,
 * however many times the request has the field. A reference that names nothing, in whatever way, is null and leaves
 * its neighbours alone. Throws UNAUTHENTICATED without a caller, BAD_USER_INPUT for more than 1,000 references.
 */
export function createEntitiesResolver<Entity extends object>(
  finders: Finders<Entity>,
): (representations: readonly unknown[], context: Context) => Promise<Found<Entity>[]> {
  const batches = new WeakMap<Context, Batch<Entity>>();

  return async (representations, context) => {
    getCaller(context);
    const batch = batches.get(context) ?? startBatch(finders, context);
    batches.set(context, batch);
    const start = batch.references.length;
    for (const reference of representations) batch.references.push(reference);
    return (await batch.entities).slice(start, start + representations.length);
  };
}

/** The top fields of a request are all begun in one turn, so every reference is there in the next. */
function startBatch<Entity extends object>(finders: Finders<Entity>, context: Context): Batch<Entity> {
  const references: unknown[] = [];
  return { references, entities: Promise.resolve().then(() => findEntities(finders, references, context)) };
}

async function findEntities<Entity extends object>(
  finders: Finders<Entity>,
  references: readonly unknown[],
  context: Context,
): Promise<Found<Entity>[]> {
  if (references.length > maxListSize) {
    throw createBadUserInputError(
      `"representations" has ${references.length} references, but at most ${maxListSize} are allowed in a request.`,
    );
  }
  const entities: Found<Entity>[] = references.map(() => null);
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
