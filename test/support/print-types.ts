import { join } from 'node:path';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { introspectionFromSchema } from 'graphql';
import { schema } from '../../src/schema/schema.ts';

/** The types by which the tests' operations are checked against the schema. */
export function printTypes(): string {
  const introspection = minifyIntrospection(introspectionFromSchema(schema));
  return outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: false });
}

export const typesFile = join(import.meta.dirname, 'introspection.d.ts');
