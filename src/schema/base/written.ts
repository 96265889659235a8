import type { Context } from './context.ts';

/** Writes one field of an object as JSON, to the byte as the executor's answer would be written. */
export type WriteField<Source> = (source: Source, context: Context) => string;

/** For `extensions` of a field without arguments: how it is written without its resolver. */
export function written<Source>(write: WriteField<Source>): { write: WriteField<Source> } {
  return { write };
}
