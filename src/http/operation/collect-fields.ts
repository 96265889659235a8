import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Operation } from './operation.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** The fields of an object by their keys in the answer; equal selections of several places stand together. */
export type Fields = ReadonlyMap<string, readonly FieldNode[]>;

export type CollectFields = (type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]) => Fields;

/**
 * Collects fields as the executor does (GraphQL, section 6.3.2): `@skip`, `@include` and type conditions decide, and
 * a fragment counts once. Takes coerced variables; `onStep` is called for each selection on the way.
 * Throws a GraphQLError where a directive's argument does not coerce.
 */
export function createFieldCollector(
  { fragments }: Operation,
  schema: GraphQLSchema,
  variables: Variables,
  onStep: () => void,
): CollectFields {
  function isIncluded(selection: SelectionNode): boolean {
    if (!selection.directives?.length) return true;
    if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.['if'] === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.['if'] !== false;
  }

  function applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const wanted: GraphQLNamedType | undefined = schema.getType(condition);
    return isAbstractType(wanted) && schema.isSubType(wanted, type);
  }

  return (type, selectionSets) => {
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();

    function collect({ selections }: SelectionSetNode): void {
      for (const selection of selections) {
        onStep();
        if (!isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          const nodes = fields.get(key);
          if (nodes) nodes.push(selection);
          else fields.set(key, [selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (applies(selection.typeCondition?.name.value, type)) collect(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment && applies(fragment.typeCondition.name.value, type)) collect(fragment.selectionSet);
        }
      }
    }

    selectionSets.forEach(collect);
    return fields;
  };
}
