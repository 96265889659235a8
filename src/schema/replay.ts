import { MapperKind, mapSchema } from '@graphql-tools/utils';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { Context } from './base/context.ts';

/**
 * The same schema, whose top fields begin nothing: each gives the outcome that the context has for it, as its
 * resolver gave it. So what was begun elsewhere is completed, its errors and all, by the executor.
 */
export function createReplay(schema: GraphQLSchema): GraphQLSchema {
  const resolve: GraphQLFieldResolver<unknown, Context> = (_source, _args, { outcomes }, { path }) =>
    outcomes?.get(String(path.key));
  return mapSchema(schema, { [MapperKind.ROOT_FIELD]: (field) => ({ ...field, resolve }) });
}
