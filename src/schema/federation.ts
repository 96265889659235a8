import type { GraphQLSchema } from 'graphql';
import { findBadgeGroupsByIds } from '../badge-group/repository.ts';
import { BadgeGroupRef } from './badge-group/type.ts';
import { builder } from './base/builder.ts';
import { getCaller } from './base/context.ts';
import { cost } from './base/field-cost.ts';
import { createEntitiesResolver } from './entities.ts';
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

const resolveEntities = createEntitiesResolver({
  BadgeGroup: (references, context) =>
    findBadgeGroupsByIds(
      context.db,
      getCaller(context).orgId,
      references.map(({ id }) => id),
    ),
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
    resolve: (_query, { representations }, context) => resolveEntities(representations, context),
  }),
);

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
