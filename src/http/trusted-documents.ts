import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { hashSecret, isSameHash } from '../auth/secret.ts';
import type { Context } from '../schema/base/context.ts';
import { readsOnlySchema } from './authentication.ts';
import { findOperation, isDocument } from './operation/operation.ts';
import { createBadRequestError } from './operation/refusal.ts';
import type { TrustedDocuments } from './operation/trusted-documents.ts';

/** By which header a gateway tells its secret. */
export const gatewayHeader = 'x-gateway-secret';

/** Whether what a request says in that header is one of the secrets. */
export type IsGateway = (secret: string | string[] | null | undefined) => boolean;

/** Without any secret nobody is a gateway. */
export function createGatewayCheck(secrets: readonly string[]): IsGateway {
  const hashes = secrets.map(hashSecret);
  return (secret) =>
    typeof secret === 'string' && hashes.some((hash) => isSameHash(hash, hashSecret(secret)));
}

/**
 * Takes a document's id for the document, and refuses all others, but for introspection and what gateways ask for. Comes
 * after the authentication: who needs credentials and has none is told that first.
 */
export function useTrustedDocuments(
  documents: TrustedDocuments,
  { schema, isGateway }: { schema: GraphQLSchema; isGateway: IsGateway },
): Plugin<Context>[] {
  const byId = usePersistedOperations<Context>({
    // Which of them may run, is known once they are parsed.
    allowArbitraryOperations: true,
    getPersistedOperation: (id) => documents.find(id) ?? null,
    customErrors: {
      notFound: () => createNotTrustedError('No trusted document has this id.'),
      keyNotFound: () => createBadRequestError(422, 'The "query" is empty.'),
    },
  });
  const byText: Plugin<Context> = {
    onParse() {
      return ({ result, context }) => {
        if (!isDocument(result)) return;
        const { query, operationName } = context.params;
        if (documents.includes(query ?? '') || isGateway(context.request.headers.get(gatewayHeader))) return;
        if (readsOnlySchema(findOperation(result, operationName), schema)) return;
        throw createNotTrustedError('Only trusted documents run here, and this is none of them.');
      };
    },
  };
  return [byId as Plugin<Context>, byText];
}

function createNotTrustedError(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'PERSISTED_QUERY_NOT_IN_LIST', http: { status: 422 } },
  });
}
