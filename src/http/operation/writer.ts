import {
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Context } from '../../schema/base/context.ts';
import type { WriteField } from '../../schema/base/written.ts';
import type { CollectFields } from './collect-fields.ts';

/** Writes a value as JSON, to the byte as the executor's answer would be; undefined where that is the executor's to say. */
export type Write = (value: unknown, context: Context) => string | undefined;

/**
 * Compiles how what a field gives is written, for selections of objects whose fields can be written by themselves
 * (`written`); undefined for all others. An error, a null that travels and a type that is not known are not written.
 */
export function compileWriter(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  { schema, collectFields }: { schema: GraphQLSchema; collectFields: CollectFields },
): Write | undefined {
  return compile(type, nodes);

  function compile(type: GraphQLOutputType, nodes: readonly FieldNode[]): Write | undefined {
    const nullable = getNullableType(type);
    const write = isListType(nullable)
      ? writeList(compile(nullable.ofType, nodes))
      : compileObjects(findMembers(nullable, schema), nodes);
    if (write === undefined || isNonNullType(type)) return write;
    return (value, context) => (value == null ? 'null' : write(value, context));
  }

  function compileObjects(
    types: readonly GraphQLObjectType[],
    nodes: readonly FieldNode[],
  ): Write | undefined {
    const writers = types.flatMap((type) => {
      const from = type.extensions['writtenFrom'] as (new (...args: never) => object) | undefined;
      const write = from && compileObject(type, nodes);
      return from && write ? [{ from, write }] : [];
    });
    const [first, ...others] = writers;
    if (first === undefined) return undefined;
    return (value, context) => {
      if (value instanceof first.from) return first.write(value, context);
      return others.find(({ from }) => value instanceof from)?.write(value, context);
    };
  }

  function compileObject(type: GraphQLObjectType, nodes: readonly FieldNode[]): Write | undefined {
    const fields: { readonly prefix: string; readonly write: Write }[] = [];
    let prefix = '{';
    for (const [key, sameNodes] of collectFields(
      type,
      nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    )) {
      if (prefix === '' || prefix.endsWith('"')) prefix += ',';
      prefix += `"${key}":`;
      const name = sameNodes[0]?.name.value ?? '';
      if (name === '__typename') {
        prefix += `"${type.name}"`;
        continue;
      }
      const write = compileField(type.getFields()[name], sameNodes);
      if (write === undefined) return undefined;
      fields.push({ prefix, write });
      prefix = '';
    }
    const end = `${prefix}}`;
    return (value, context) => {
      let json = '';
      for (const field of fields) {
        const text = field.write(value, context);
        if (text === undefined) return undefined;
        json += field.prefix + text;
      }
      return json + end;
    };
  }

  function compileField(
    field: GraphQLField<unknown, unknown> | undefined,
    nodes: readonly FieldNode[],
  ): Write | undefined {
    const write = field?.extensions['write'] as WriteField<unknown> | undefined;
    const find = field?.extensions['find'] as ((source: unknown) => unknown) | undefined;
    if (field === undefined || find === undefined) return write;
    const writeFound = compile(field.type, nodes);
    return writeFound && ((source, context) => writeFound(find(source), context));
  }
}

function findMembers(type: GraphQLNamedType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

function writeList(write: Write | undefined): Write | undefined {
  if (write === undefined) return undefined;
  return (value, context) => {
    if (!Array.isArray(value)) return undefined;
    let json = '';
    for (const entry of value) {
      const text = write(entry, context);
      if (text === undefined) return undefined;
      json += json === '' ? text : `,${text}`;
    }
    return `[${json}]`;
  };
}
