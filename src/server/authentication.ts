import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Authenticate } from '../auth/authenticator.ts';
import { BadCredentialsError } from '../auth/bad-credentials.ts';
import type { Caller } from '../auth/caller.ts';
import { formatChallenges } from '../auth/challenges.ts';
import { type Context, createUnauthenticatedError, getCaller } from '../graphql/context.ts';

/**
 * Finds out who calls. Wrong credentials are refused for every operation; without credentials an operation may
 * read nothing but the schema, or nothing but `__typename` where introspection is off.
 */
export function useAuthentication(
  authenticate: Authenticate,
  { schema, introspection, hasOAuth }: { schema: GraphQLSchema; introspection: boolean; hasOAuth: boolean },
): Plugin<Context> {
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
    async onParams({ request, context }) {
      Object.assign(context, { caller: await findCaller(request) });
    },
    onParse() {
      return ({ result, context }) => {
        if (!isDocument(result)) return;
        const operation = getOperationAST(result, context.params.operationName);
        const isPublic = introspection
          ? !operation || readsOnlySchema(operation, result, schema)
          : readsOnlyTypename(result);
        if (!isPublic) getCaller({ caller: context.caller, challenges });
      };
    },
    onValidate({ addValidationRule }) {
      if (introspection) return;
      addValidationRule(NoSchemaIntrospectionCustomRule);
      addValidationRule(NoServiceRule);
      // What validation says of fields and types is for callers only, too.
      return ({ valid, context }) => {
        if (!valid) getCaller(context);
      };
    },
  };
}

/** Fields that do not exist are public: validation, which comes next, refuses them. */
function readsOnlySchema(
  operation: OperationDefinitionNode,
  document: DocumentNode,
  schema: GraphQLSchema,
): boolean {
  const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
  const names = [...findFieldNames(operation.selectionSet, document)];
  return names.every((name) => name === '_service' || !(name in fields));
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

/** The fields of a selection, fragments included; the document is not validated, so fragments may be circular. */
function findFieldNames(
  { selections }: SelectionSetNode,
  document: DocumentNode,
  seenFragments = new Set<string>(),
): Set<string> {
  const names = new Set<string>();
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      names.add(selection.name.value);
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : document.definitions.find(
            (definition) =>
              definition.kind === Kind.FRAGMENT_DEFINITION &&
              definition.name.value === selection.name.value &&
              !seenFragments.has(selection.name.value),
          );
    if (fragment === undefined || !('selectionSet' in fragment) || !fragment.selectionSet) continue;
    if (selection.kind === Kind.FRAGMENT_SPREAD) seenFragments.add(selection.name.value);
    for (const name of findFieldNames(fragment.selectionSet, document, seenFragments)) names.add(name);
  }
  return names;
}

function isDocument(result: unknown): result is DocumentNode {
  return (result as DocumentNode | null)?.kind === Kind.DOCUMENT;
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
