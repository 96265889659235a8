import './base/date-time.ts';
import './badge-group/errors.ts';
import './badge-group/connection.ts';
import {
  assertNamedType,
  assertObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { findReferencedBadgeGroups } from './badge-group/type.ts';
import { builder } from './base/builder.ts';
import type { Context } from './base/context.ts';
import { createEntitiesResolver } from './entities.ts';
import { printSdl } from './sdl.ts';

builder.queryType({ description: 'Reading needs credentials of an org; it sees that org and nothing else.' });
builder.mutationType({
  description: 'Writing needs credentials with WRITE access. Expected errors are members of each result.',
});

/** The subgraph that the service serves (Apollo Federation 2.7). */
export const schema: GraphQLSchema = builder.toSubGraphSchema({
  linkUrl: 'https://specs.apollo.dev/federation/v2.7',
  federationDirectives: ['@key', '@shareable'],
});

completeFederation(schema);

/** Gives the fields and types that the federation plugin adds what it leaves out: our resolvers, costs, descriptions. */
function completeFederation(schema: GraphQLSchema): void {
  const entities = getField('Query', '_entities');
  entities.resolve = createEntitiesResolver({ BadgeGroup: findReferencedBadgeGroups });
  entities.extensions = {
    complexity: ({ representations }: { representations: unknown[] }) => ({
      multiplier: representations.length,
    }),
  };
  entities.description =
    'For gateways: the entities that the references name, in their order, null for each that names none.';
  for (const argument of entities.args) {
    argument.description = 'References, at most 1000: `__typename` and the fields of the key.';
  }

  const sdl = printSdl(schema);
  const service = getField('Query', '_service');
  service.resolve = () => ({ sdl });
  service.description = 'For gateways: this subgraph’s schema in the definition language.';
  // Some kilobytes, to whoever asks: a request may have it a few times, not hundreds of times.
  getField('_Service', 'sdl').extensions = { complexity: 5_000 };

  getType('_Any').description =
    'For gateways: a reference to an entity, its `__typename` and the fields of its key.';
  getType('_Entity').description = 'For gateways: every type that another subgraph may refer to.';
  getType('_Service').description = 'For gateways: this subgraph.';

  function getType(name: string): GraphQLNamedType {
    return assertNamedType(schema.getType(name));
  }

  function getField(typeName: string, name: string): GraphQLField<unknown, Context> {
    const field = assertObjectType(schema.getType(typeName)).getFields()[name];
    if (field === undefined) throw new Error(`The schema has lost its field ${typeName}.${name}.`);
    return field;
  }
}
