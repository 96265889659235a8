import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Context } from '../../schema/base/context.ts';

const maxBytes = 20_000_000;
/** Of one document, and of its text in characters: the introspection of a tool takes about 120,000, and 2,000. */
const maxDocumentBytes = 200_000;
const maxTextLength = 20_000;
const bytesPerToken = 350;

/**
 * Remembers the valid documents of callers, so that each is parsed and validated once. Bounded by what they take of
 * memory; nothing that strangers send is kept, and so nothing of a caller's has to go for it.
 */
export function useDocumentCache(): Plugin<Context> {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxBytes,
    maxEntrySize: maxDocumentBytes,
    sizeCalculation: ({ tokenCount = 0 }, text) => text.length + tokenCount * bytesPerToken,
  });
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
