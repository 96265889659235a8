import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import {
  type ASTNode,
  type DefinitionNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  visit,
} from 'graphql';
import { tellCosts } from './cost-directives.ts';

const link = parse(`
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@key", "@listSize", "@shareable"])
`);

// Every subgraph may have these, and those of ours that are @shareable.
const sharedTypes: readonly string[] = ['DateTime', 'Mutation', 'Query'];

/**
 * The schema in the definition language, as a subgraph tells it to gateways and composers, who add the types and
 * fields of federation themselves. A supergraph has one description of a type, whoever wrote it: ours of shared
 * types speak of this service only, and stay out.
 */
export function printSdl(schema: GraphQLSchema): string {
  const told = visit(getDocumentNodeFromSchema(tellCosts(schema)), {
    enter: (node) => (isMachinery(node) ? null : undefined),
  });
  const types = told.definitions.map(leaveSharedUndescribed).toSorted(byName);
  return print({ kind: Kind.DOCUMENT, definitions: [...link.definitions, ...types] });
}

function isMachinery(node: ASTNode): boolean {
  if (node.kind === Kind.SCHEMA_DEFINITION) return true;
  return 'name' in node && node.name?.value.startsWith('_') === true;
}

function leaveSharedUndescribed(definition: DefinitionNode): DefinitionNode {
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION && isShareable(definition)) {
    return { ...undescribe(definition), fields: (definition.fields ?? []).map(undescribe) };
  }
  return sharedTypes.includes(getName(definition)) ? undescribe(definition) : definition;
}

function byName(a: DefinitionNode, b: DefinitionNode): number {
  return getName(a) < getName(b) ? -1 : 1;
}

function getName(definition: DefinitionNode): string {
  return ('name' in definition && definition.name?.value) || '';
}

function isShareable({ directives = [] }: ObjectTypeDefinitionNode): boolean {
  return directives.some(({ name }) => name.value === 'shareable');
}

function undescribe<T extends object>(node: T): T {
  return { ...node, description: undefined };
}
