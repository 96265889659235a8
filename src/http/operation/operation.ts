import {
  type DocumentNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a request asks to be executed; undefined while the document is not parsed or does not say which. */
export interface Operation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

export function findOperation(document: unknown, operationName: string | undefined): Operation | undefined {
  if (!isDocument(document)) return undefined;
  const definition = getOperationAST(document, operationName);
  return definition ? { document, definition } : undefined;
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
