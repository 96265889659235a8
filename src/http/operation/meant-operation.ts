import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../schema/base/context.ts';
import { findOperation, isDocument } from './operation.ts';
import { shorten } from './refusal.ts';

const maxNameLength = 100;

/** Refuses a request that does not say which operation of its document is meant; Yoga's refusal would say no more than that. */
export function useMeantOperation(): Plugin<Context> {
  return {
    onParse() {
      return ({ result, context }) => {
        const { operationName } = context.params;
        if (!isDocument(result) || findOperation(result, operationName)) return;
        throw new GraphQLError(explain(result, operationName), {
          extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 422 } },
        });
      };
    },
  };
}

function explain({ definitions }: DocumentNode, name: string | null | undefined): string {
  const count = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  if (count === 0) return 'The document has fragments, but no operation.';
  if (name == null) {
    return `The document has ${count} operations: name the one that is meant by "operationName".`;
  }
  const given = JSON.stringify(shorten(name, maxNameLength));
  return `"operationName" is ${given}, but no operation of the document has this name.`;
}
