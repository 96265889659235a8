import { printSubgraphSchema } from '@apollo/subgraph';
import {
  type DefinitionNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
} from 'graphql';

// Every subgraph may have these, and those of ours that are @shareable.
const sharedTypes: readonly unknown[] = ['DateTime', 'Mutation', 'Query'];

/**
 * The schema in the definition language, as a subgraph tells it to gateways and composers. A supergraph has one
 * description of a type, whoever wrote it: ours of shared types speak of this service only, and stay out.
 */
export function printSdl(schema: GraphQLSchema): string {
  const { definitions } = parse(printSubgraphSchema(schema));
  return print({ kind: Kind.DOCUMENT, definitions: definitions.map(leaveSharedUndescribed) });
}

function leaveSharedUndescribed(definition: DefinitionNode): DefinitionNode {
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION && isShareable(definition)) {
    return { ...undescribe(definition), fields: (definition.fields ?? []).map(undescribe) };
  }
  const isShared = 'name' in definition && sharedTypes.includes(definition.name?.value);
  return isShared ? undescribe(definition) : definition;
}

function isShareable({ directives = [] }: ObjectTypeDefinitionNode): boolean {
  return directives.some(({ name }) => name.value === 'shareable');
}

function undescribe<T extends object>(node: T): T {
  return { ...node, description: undefined };
}
