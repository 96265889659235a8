import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type OperationDefinitionNode,
  parse,
  print,
} from 'graphql';

/** The types that other subgraphs may refer to. */
export function findEntities({ definitions }: DocumentNode): ObjectTypeDefinitionNode[] {
  return definitions.filter(isObjectType).filter((type) => findKeys(type).length > 0);
}

/** Another subgraph that relies on all that this one offers to its like: it refers to each entity and extends it. */
export function makeNeighbour(subgraph: DocumentNode): DocumentNode {
  const entities = findEntities(subgraph);
  return parse(`
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
    type Query { neighbour: Int ${entities.map(({ name: { value } }) => `its${value}: ${value}`).join(' ')} }
    ${entities.map(printExtended).join(' ')}
  `);
}

function printExtended(type: ObjectTypeDefinitionNode): string {
  const keys = findKeys(type);
  const names = new Set(keys.flatMap(findKeyFields));
  const fields = (type.fields ?? []).filter(({ name }) => names.has(name.value));
  return `type ${type.name.value} ${keys.map(print).join(' ')} {
    ${fields.map(({ name, type }) => `${name.value}: ${print(type)}`).join(' ')}
    neighbour: Int
  }`;
}

/** Those by which this subgraph gives what it knows. */
function findKeys({ directives = [] }: ObjectTypeDefinitionNode): readonly ConstDirectiveNode[] {
  return directives.filter((directive) => directive.name.value === 'key' && !isStub(directive));
}

function isStub({ arguments: args = [] }: ConstDirectiveNode): boolean {
  return args.some(({ name, value }) => name.value === 'resolvable' && print(value) === 'false');
}

function findKeyFields({ arguments: args = [] }: ConstDirectiveNode): string[] {
  const fields = args.find(({ name }) => name.value === 'fields')?.value;
  if (fields?.kind !== Kind.STRING) return [];
  const [{ selectionSet }] = parse(`{ ${fields.value} }`).definitions as [OperationDefinitionNode];
  return selectionSet.selections.map((field) => ('name' in field && field.name?.value) || '');
}

function isObjectType(definition: DefinitionNode): definition is ObjectTypeDefinitionNode {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION;
}
