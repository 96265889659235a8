import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Context } from '../../schema/base/context.ts';

const maxBytes = 20_000_000;
/** Of one document, and of its text in characters: the introspection of a tool takes about 160,000, and 2,000. */
const maxDocumentBytes = 270_000;
const maxTextLength = 20_000;
/** With the plans and the costs that are kept beside a document. */
const bytesPerToken = 450;
const bytesPerDocument = 8_000;

/** Valid documents by their texts. */
export type DocumentCache = LRUCache<string, DocumentNode>;

export function createDocumentCache(): DocumentCache {
  return new LRUCache({
    maxSize: maxBytes,
    maxEntrySize: maxDocumentBytes,
    sizeCalculation: ({ tokenCount = 0 }, text) =>
      bytesPerDocument + text.length + tokenCount * bytesPerToken,
  });
}

/**
 * Remembers the valid documents of callers, so that each is parsed and validated once. Bounded by what they take of
 * memory; nothing that strangers send is kept, and so nothing of a caller's has to go for it.
 */
export function useDocumentCache(documents: DocumentCache): Plugin<Context> {
  const valid = new WeakSet<DocumentNode>();

  return {
    onParse({ params: { source }, context, setParsedDocument }) {
      const known = context.caller && documents.get(String(source));
      if (known) setParsedDocument(known);
    },
    onValidate({ params: { documentAST }, context, setResult }) {
      if (valid.has(documentAST)) {
        setResult([]);
        return;
      }
      return ({ valid: isValid }) => {
        const { query } = context.params;
        if (!isValid || !context.caller || !query || query.length > maxTextLength) return;
        valid.add(documentAST);
        documents.set(query, documentAST);
      };
    },
  };
}
