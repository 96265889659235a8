import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Caller } from '../auth/caller.ts';
import { formatChallenges } from '../auth/challenges.ts';
import { BadCredentialsError } from '../auth/errors.ts';
import { type Context, getCaller } from '../schema/base/context.ts';
import { createUnauthenticatedError } from '../schema/base/errors.ts';
import { findOperation, findTopFields, isDocument, type Operation } from './operation/operation.ts';

/**
 * Finds out who calls. Wrong credentials are refused for every operation; without credentials an operation may
 * read nothing but the schema, or nothing but `__typename` where introspection is off.
 */
export function useAuthentication(
  { authenticate }: Pick<Authenticator, 'authenticate'>,
  { schema, introspection, hasOAuth }: { schema: GraphQLSchema; introspection: boolean; hasOAuth: boolean },
): Plugin<Context, Partial<Context>> {
  const challenges = formatChallenges(hasOAuth);

  async function findCaller(request: Request): Promise<Caller | undefined> {
    try {
      return await authenticate(request.headers.get('authorization'));
    } catch (error) {
      if (!(error instanceof BadCredentialsError)) throw error;
      throw createUnauthenticatedError(error.message, formatChallenges(hasOAuth, error));
    }
  }

  return {
    onParams({ request, context, paramsHandler, setParamsHandler }) {
      setParamsHandler(async (payload) => {
        // What has been begun goes on with the caller it was begun with.
        if (!context.outcomes) Object.assign(context, { caller: await findCaller(request) });
        return await paramsHandler(payload);
      });
    },
    onParse() {
      return ({ result, context }) => {
        if (context.caller || !isDocument(result)) return;
        const operation = findOperation(result, context.params.operationName);
        const isPublic = introspection ? readsOnlySchema(operation, schema) : readsOnlyTypename(result);
        if (!isPublic) getCaller({ challenges });
      };
    },
    onValidate({ addValidationRule }) {
      if (introspection) return;
      addValidationRule(NoSchemaIntrospectionCustomRule);
      addValidationRule(NoServiceRule);
      // What validation says of fields and types is for callers only, too.
      return ({ valid, context }) => {
        if (!valid) getCaller({ caller: context.caller, challenges });
      };
    },
    onResultProcess({ result }) {
      if (introspection || !('errors' in result)) return;
      // The executor has no switch for the suggestions that it makes of variables.
      for (const error of result.errors ?? []) error.message = error.message.replace(/ Did you mean .*/s, '');
    },
  };
}

/** Fields that do not exist are public: validation, which comes next, refuses them. */
export function readsOnlySchema(operation: Operation | undefined, schema: GraphQLSchema): boolean {
  if (operation === undefined) return true;
  const fields = schema.getRootType(operation.definition.operation)?.getFields() ?? {};
  return findTopFields(operation).every((name) => name === '_service' || !(name in fields));
}

/** Operations that are not chosen count too: whether they are valid would tell which fields there are. */
function readsOnlyTypename(document: DocumentNode): boolean {
  let only = true;
  visit(document, {
    Field({ name }) {
      only &&= name.value === '__typename';
    },
  });
  return only;
}

function NoServiceRule(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value === '_service' && context.getParentType() === context.getSchema().getQueryType()) {
        context.reportError(new GraphQLError('Introspection is off; so is "_service".', { nodes: node }));
      }
    },
  };
}
