import './date-time.ts';
import '../badge-group/badge-group.errors.graphql.ts';
import '../badge-group/badge-group.connection.graphql.ts';
import type { GraphQLSchema } from 'graphql';
import { findReferencedBadgeGroups } from '../badge-group/badge-group.graphql.ts';
import { builder } from './builder.ts';
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

const queries = schema.getQueryType()?.getFields();
const entities = queries?.['_entities'];
const service = queries?.['_service'];
const representations = entities?.args.find(({ name }) => name === 'representations');
if (!entities || !service || !representations) throw new Error('The schema has lost its federation fields.');

entities.resolve = createEntitiesResolver({ BadgeGroup: findReferencedBadgeGroups });

const sdl = printSdl(schema);
service.resolve = () => ({ sdl });

// What the federation plugin adds comes without descriptions.
entities.description =
  'For gateways: the entities that the references name, in their order, null for each that names none.';
representations.description = 'References, at most 1000: `__typename` and the fields of the key.';
service.description = 'For gateways: this subgraph’s schema in the definition language.';
describe('_Any', 'For gateways: a reference to an entity, its `__typename` and the fields of its key.');
describe('_Entity', 'For gateways: every type that another subgraph may refer to.');
describe('_Service', 'For gateways: this subgraph.');

function describe(typeName: string, description: string): void {
  const type = schema.getType(typeName);
  if (type) type.description = description;
}
