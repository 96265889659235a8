import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { root } from './process.ts';

/** A fenced block of code. */
export interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** What is written for people, taken apart. */
export interface MarkdownFile {
  /** Its path from the root. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly blocks: readonly Block[];
  /** Everything outside of fenced blocks. */
  readonly prose: string;
}

/** README.md and docs/*.md. */
export const markdownFiles: readonly MarkdownFile[] = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].map(readMarkdown);

export const blocks: readonly Block[] = markdownFiles.flatMap((document) => document.blocks);

export function findMarkdown(file: string): MarkdownFile {
  const found = markdownFiles.find((document) => document.file === file);
  if (found === undefined) throw new Error(`There is no ${file}.`);
  return found;
}

/** For titles of tests. */
export function describeBlock({ file, line, language }: Block): string {
  return `${file}:${line} (${language})`;
}

/** The two blocks that come next after the line that begins so. */
export function findBlocksAfter(file: string, start: string): [Block, Block] {
  const { lines, blocks } = findMarkdown(file);
  const line = lines.findIndex((text) => text.startsWith(start)) + 1;
  const [first, second] = blocks.filter((block) => block.line > line);
  if (line > 0 && first && second) return [first, second];
  throw new Error(`${file} lacks the blocks after ${start}.`);
}

// biome-ignore lint/suspicious/noExplicitAny: whatever is shown
export type Json = any;

/** Of a block that is JSON as a whole, or line by line. */
export function readJsonLines({ text }: Block): Json[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split('\n').map((line) => JSON.parse(line));
  }
}

/** The operations of a block in GraphQL; none where it is a schema. */
export function findOperations({ text }: Block): OperationDefinitionNode[] {
  return parse(text).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}

/** Of an operation of the block, from the comment on its first line. */
export function readVariables({ text }: Block, { loc }: OperationDefinitionNode): Record<string, unknown> {
  const line = text.split('\n')[(loc?.startToken.line ?? 0) - 1] ?? '';
  return JSON.parse(/ # (\{.*\})$/.exec(line)?.[1] ?? '{}');
}

/** What the commands of a block send. */
export function findBodies({ text }: Block): string[] {
  return [...text.matchAll(/ -d '(\{.*?\})'/gs)].map(([, body]) => String(body));
}

function readMarkdown(file: string): MarkdownFile {
  const lines = readFileSync(join(root, file), 'utf8').replace(/\n$/, '').split('\n');
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { line: number; language: string; text: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence === null) (open?.text ?? prose).push(line);
    else if (open === undefined) open = { line: index + 1, language: fence[1] ?? '', text: [] };
    else {
      blocks.push({ file, line: open.line, language: open.language, text: open.text.join('\n') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`The block at ${file}:${open.line} does not end.`);
  return { file, lines, blocks, prose: prose.join('\n') };
}
