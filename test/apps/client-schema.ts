import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, introspectionFromSchema } from 'graphql';

export const sdl = readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8');

/** Without the directives of federation, which clients do not know. */
export const clientSchema = buildSchema(sdl, { assumeValidSDL: true });

/** For Graphcache. */
export const introspection = introspectionFromSchema(clientSchema);

/** For Apollo Client: the members of each interface and union. */
export const possibleTypes = Object.fromEntries(
  introspection.__schema.types
    .filter((type) => type.kind === 'INTERFACE' || type.kind === 'UNION')
    .map(({ name, possibleTypes }) => [name, possibleTypes.map((member) => member.name)]),
);
