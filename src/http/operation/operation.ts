import {
  type DocumentNode,
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
  /** For log, metrics and traces. */
  readonly name: string | undefined;
}

const maxNameLength = 100;
const operations = new WeakMap<OperationDefinitionNode, Operation>();

/** Undefined while the document is not parsed or does not say which operation is meant. */
export function findOperation(document: unknown, operationName: string | undefined): Operation | undefined {
  if (!isDocument(document)) return undefined;
  const definition = getOperationAST(document, operationName);
  if (!definition) return undefined;
  const known = operations.get(definition);
  if (known !== undefined) return known;
  const operation = { document, definition, name: definition.name?.value.slice(0, maxNameLength) };
  operations.set(definition, operation);
  return operation;
}

export interface TopField {
  readonly name: string;
  /** The key of the answer, by which equal selections merge. */
  readonly key: string;
}

/** The top fields of an operation, through its fragments, each key once; the document need not be valid. */
export function findTopFields({ document, definition }: Operation): TopField[] {
  const fields = new Map<string, TopField>();
  const seenFragments = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        const key = selection.alias?.value ?? name;
        fields.set(`${key}:${name}`, { key, name });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!seenFragments.has(selection.name.value)) {
        seenFragments.add(selection.name.value);
        const fragment = findFragment(document, selection.name.value);
        if (fragment) collect(fragment);
      }
    }
  };
  collect(definition.selectionSet);
  return [...fields.values()];
}

/** How many levels of fields an operation has, through its fragments; it has to be valid. */
export function findDepth({ document, definition }: Operation): number {
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
    return measure(findFragment(document, selection.name.value));
  };
  return measure(definition.selectionSet);
}

function findFragment(document: DocumentNode, name: string): SelectionSetNode | undefined {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) {
      return definition.selectionSet;
    }
  }
  return undefined;
}

export function isDocument(value: unknown): value is DocumentNode {
  return (value as DocumentNode | null)?.kind === Kind.DOCUMENT;
}
