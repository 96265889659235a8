import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * What a request asks to be executed. One object for as long as its document is remembered: what is found out of it
 * is found out once, and kept beside it.
 */
export interface Operation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Those of the document, by their names. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Whether it introspects: what is found out of it is good for one request then. */
  readonly readsSchema: boolean;
  /** For log, metrics and traces. */
  readonly name: string | undefined;
}

const maxNameLength = 100;
const operations = new WeakMap<OperationDefinitionNode, Operation>();

/** Undefined while the document is not parsed or does not say which operation is meant. */
export function findOperation(
  document: unknown,
  operationName: string | null | undefined,
): Operation | undefined {
  if (!isDocument(document)) return undefined;
  const definition = getOperationAST(document, operationName);
  if (!definition) return undefined;
  const known = operations.get(definition);
  if (known !== undefined) return known;
  const name = definition.name?.value.slice(0, maxNameLength);
  const fragments = findFragments(document);
  const readsSchema = findTopFields({ definition, fragments }).some(
    (field) => field === '__schema' || field === '__type',
  );
  const operation = { document, definition, fragments, readsSchema, name };
  operations.set(definition, operation);
  return operation;
}

/** The names of the top fields, through fragments, once for each key in the answer; the document need not be valid. */
export function findTopFields({
  definition,
  fragments,
}: Pick<Operation, 'definition' | 'fragments'>): string[] {
  const names = new Map<string, string>();
  const seenFragments = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        names.set(`${selection.alias?.value ?? name}:${name}`, name);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!seenFragments.has(selection.name.value)) {
        seenFragments.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(definition.selectionSet);
  return [...names.values()];
}

/** How many levels of fields an operation has, through its fragments; it has to be valid. */
export function findDepth({ definition, fragments }: Operation): number {
  const depths = new Map<SelectionSetNode, number>();
  const measure = (selectionSet: SelectionSetNode | undefined): number => {
    if (selectionSet === undefined) return 0;
    const known = depths.get(selectionSet);
    if (known !== undefined) return known;
    const depth = Math.max(...selectionSet.selections.map(measureSelection));
    depths.set(selectionSet, depth);
    return depth;
  };
  const measureSelection = (selection: SelectionNode): number => {
    if (selection.kind === Kind.FIELD) return 1 + measure(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return measure(selection.selectionSet);
    return measure(fragments.get(selection.name.value)?.selectionSet);
  };
  return measure(definition.selectionSet);
}

function findFragments({ definitions }: DocumentNode): Operation['fragments'] {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

export function isDocument(value: unknown): value is DocumentNode {
  return (value as DocumentNode | null)?.kind === Kind.DOCUMENT;
}
