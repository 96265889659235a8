import type { Context } from './context.ts';

/** Writes one field of an object as JSON, to the byte as the executor would; undefined where that is left to it. */
export type WriteField<Source> = (source: Source, context: Context) => string | undefined;

/** For `extensions` of a leaf without arguments: how it is written without its resolver. */
export function written<Source>(write: WriteField<Source>): { write: WriteField<Source> } {
  return { write };
}

/** For `extensions` of a field without arguments that gives objects: where they are, without its resolver. */
export function found<Source>(find: (source: Source) => unknown): { find: (source: Source) => unknown } {
  return { find };
}
