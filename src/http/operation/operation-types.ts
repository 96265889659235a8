import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Refuses a document with a subscription, whichever of its operations is meant: there is no root type for one. */
export function useOperationTypes(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(KnownOperationTypesRule);
    },
  };
}

/** GraphQL (September 2025), section Operation Type Existence, of which graphql 16 has no rule. */
function KnownOperationTypesRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      const message = 'There are only queries and mutations here, no subscriptions.';
      context.reportError(new GraphQLError(message, { nodes: node }));
    },
  };
}
