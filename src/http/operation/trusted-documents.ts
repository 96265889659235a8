import { parse, stripIgnoredCharacters } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { createManifestError, type Manifest } from '../../config/trusted-documents.ts';

/** What is left of a text that parsers look at: apps write the same document in several ways. */
const normalise = stripIgnoredCharacters;

/** The documents of a manifest, by their ids and by their texts. */
export class TrustedDocuments {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #known: ReadonlySet<string>;

  constructor({ documents }: Manifest) {
    const texts = [...documents.values()];
    this.#texts = documents;
    this.#known = new Set([...texts, ...texts.map(normalise)]);
  }

  find(id: string): string | undefined {
    return this.#texts.get(id);
  }

  /** The text that a request asks for by the id of one of them, or by its text to the letter. */
  findText({ query, extensions }: GraphQLParams): string | undefined {
    if (query == null) return this.#texts.get(extensions?.['persistedQuery']?.sha256Hash);
    return this.#known.has(query) ? query : undefined;
  }

  /** Whether a document, one that parses, is one of them. */
  includes(text: string): boolean {
    return this.#known.has(text) || this.#known.has(normalise(text));
  }
}

/** Throws StartError where what a manifest holds is no GraphQL. */
export function checkManifest({ file, documents }: Manifest): void {
  for (const [id, text] of documents) {
    try {
      parse(text);
    } catch {
      throw createManifestError(file, `has no document under ${JSON.stringify(id)}`);
    }
  }
}
