import type { GraphQLSchema } from 'graphql';
import type { BadgeGroup } from '../badge-group/badge-group.ts';
import { findBadgeGroupsByIds } from '../badge-group/repository.ts';
import type { Db } from '../database/database.ts';
import { BadgeGroupRef } from './badge-group/type.ts';
import { Batch } from './base/batch.ts';
import { builder } from './base/builder.ts';
import { getCaller } from './base/context.ts';
import { createBadUserInputError } from './base/errors.ts';
import { cost, maxListSize } from './base/field-cost.ts';
import { printSdl } from './sdl.ts';

// What the subgraph specification of Apollo Federation v2 asks of a subgraph.

const AnyRef = builder.scalarType('_Any', {
  description: 'For gateways: a reference to an entity, its `__typename` and the fields of its key.',
  serialize: (value) => value,
});

const EntityRef = builder.unionType('_Entity', {
  description: 'For gateways: every type that another subgraph may refer to.',
  types: [BadgeGroupRef],
  resolveType: () => BadgeGroupRef,
});

builder.queryField('_entities', (t) =>
  t.field({
    type: [EntityRef],
    nullable: { list: false, items: true },
    description:
      'For gateways: the entities that the references name, in their order, null for each that names none.',
    args: {
      representations: t.arg({
        type: [AnyRef],
        required: true,
        description: 'References, at most 1000: `__typename` and the fields of the key.',
      }),
    },
    extensions: cost({ list: { arguments: ['representations'], assumed: 0 } }),
    resolve: async (_query, { representations }, context) => {
      const { orgId } = getCaller(context);
      // The top fields of a request are all begun in one turn, so that the batch has every reference.
      context.entities ??= new Batch((references) => findEntities(context.db, orgId, references));
      return await context.entities.loadAll(representations);
    },
  }),
);

/**
 * By one look-up for a whole request. A reference is not checked: one that names nothing, in whatever way, is null and
 * leaves its neighbours alone. Throws BAD_USER_INPUT for more than 1,000.
 */
async function findEntities(
  db: Db,
  orgId: number,
  references: readonly unknown[],
): Promise<(BadgeGroup | null)[]> {
  if (references.length > maxListSize) {
    throw createBadUserInputError(
      `"representations" has ${references.length} references, but at most ${maxListSize} are allowed in a request.`,
    );
  }
  const ids = references.map((reference) => {
    const { __typename, id } = (reference ?? {}) as { readonly __typename?: unknown; readonly id?: unknown };
    return __typename === 'BadgeGroup' ? id : undefined;
  });
  return await findBadgeGroupsByIds(db, orgId, ids);
}

const ServiceRef = builder.objectRef<{ sdl: string }>('_Service').implement({
  description: 'For gateways: this subgraph.',
  fields: (t) => ({
    sdl: t.exposeString('sdl', {
      nullable: true,
      description: 'The schema of this subgraph, in the definition language.',
      // Some kilobytes, to whoever asks: a request may have it a few times, not hundreds of times.
      extensions: cost({ weight: 5_000, bytes: 20_000 }),
    }),
  }),
});

builder.queryField('_service', (t) =>
  t.field({
    type: ServiceRef,
    description: 'For gateways: this subgraph’s schema in the definition language.',
    resolve: (_query, _args, _context, { schema }) => ({ sdl: getSdl(schema) }),
  }),
);

const sdls = new WeakMap<GraphQLSchema, string>();

/** Printed when it is first asked for, and kept: that takes some milliseconds. */
function getSdl(schema: GraphQLSchema): string {
  const sdl = sdls.get(schema) ?? printSdl(schema);
  sdls.set(schema, sdl);
  return sdl;
}
