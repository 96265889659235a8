import { readFileSync } from 'node:fs';
import {
  type ASTNode,
  buildClientSchema,
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isObjectType,
  isUnionType,
  Kind,
  type NameNode,
  parse,
  printSchema,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { useService } from '../support/service.ts';

// What a router demands of a subgraph that has entities, by the federation specification.
describe('the subgraph', () => {
  const held = useService('the embedded database');
  let sdl: string;
  let document: DocumentNode;
  let served: GraphQLSchema;

  beforeAll(async () => {
    const { data } = await held.service.execute<{ _service: { sdl: string } }, object>(
      '{ _service { sdl } }',
    );
    sdl = data?._service.sdl ?? '';
    document = parse(sdl);
    const introspection = await held.service.execute<IntrospectionQuery, object>(
      getIntrospectionQuery({ specifiedByUrl: true }),
    );
    served = buildClientSchema(introspection.data as IntrospectionQuery);
  });

  test('tells the committed SDL, byte for byte, without credentials', () => {
    expect(sdl).toBe(readFileSync('schema.graphql', 'utf8'));
  });

  test('links Federation 2.9, once', () => {
    expect(findDirectives(document, 'link').map(({ args }) => args['url'])).toEqual([
      'https://specs.apollo.dev/federation/v2.9',
    ]);
  });

  test('imports the federation directives that it uses, and no other', () => {
    const used = new Set<string>();
    visit(document, { Directive: ({ name }) => void used.add(`@${name.value}`) });
    const needsNoImport = new Set(['@link', '@specifiedBy', '@deprecated', '@oneOf']);
    const [link] = findDirectives(document, 'link');
    expect(new Set(link?.args['import'] as string[])).toEqual(used.difference(needsNoImport));
  });

  test('keeps the machinery of federation out of the SDL', () => {
    const names = [...collectDescriptions(document).keys()];
    expect(names).toContain('Query.badgeGroups');
    expect(names.filter((name) => /^_|\._|FieldSet/.test(name))).toEqual([]);
    expect(document.definitions.filter(({ kind }) => kind === Kind.DIRECTIVE_DEFINITION)).toEqual([]);
  });

  test('has one entity, BadgeGroup, whose key is its id', () => {
    expect(findDirectives(document, 'key')).toEqual([{ on: 'BadgeGroup', args: { fields: 'id' } }]);
    const entity = served.getType('_Entity');
    expect(isUnionType(entity) && entity.getTypes().map(({ name }) => name)).toEqual(['BadgeGroup']);
  });

  test('serves _entities and _service with the types that the specification gives them', () => {
    const { _entities, _service } = served.getQueryType()?.getFields() ?? {};
    expect(String(_entities?.type)).toBe('[_Entity]!');
    expect(_entities?.args.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'representations: [_Any!]!',
    ]);
    expect(String(_service?.type)).toBe('_Service!');
    const service = served.getType('_Service');
    expect(isObjectType(service) && String(service.getFields()['sdl']?.type)).toMatch(/^String!?$/);
    expect(served.getType('_Any')).toBeDefined();
  });

  test('describes in the SDL what it describes to people, all but the types that every subgraph has', () => {
    const told = collectDescriptions(document);
    const shown = collectDescriptions(parse(printSchema(served)));
    const shared = /^(Query|Mutation|DateTime|PageInfo(\..*)?)$/;
    expect(told.size).toBeGreaterThan(50);
    for (const [name, description] of told) {
      expect([name, shown.get(name)]).toEqual([name, expect.any(String)]);
      expect([name, description]).toEqual([name, shared.test(name) ? undefined : shown.get(name)]);
    }
  });
});

/** Every use of a directive: on what, and with which arguments. */
function findDirectives(
  document: DocumentNode,
  directive: string,
): { on: string | undefined; args: Record<string, unknown> }[] {
  return document.definitions.flatMap((definition) => {
    const { name, directives = [] } = definition as {
      name?: NameNode;
      directives?: readonly DirectiveNode[];
    };
    return directives
      .filter((used) => used.name.value === directive)
      .map(({ arguments: args = [] }) => ({
        on: name?.value,
        args: Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)])),
      }));
  });
}

/** The description, if any, of everything that can have one, by its name: `Type.field.argument`. */
function collectDescriptions(document: DocumentNode): Map<string, string | undefined> {
  const descriptions = new Map<string, string | undefined>();
  const path: string[] = [];
  visit(document, {
    enter(node) {
      if (!isDescribable(node)) return;
      path.push(node.name.value);
      descriptions.set(path.join('.'), node.description?.value);
    },
    leave(node) {
      if (isDescribable(node)) path.pop();
    },
  });
  return descriptions;
}

function isDescribable(node: ASTNode): node is FieldDefinitionNode {
  return 'description' in node;
}
