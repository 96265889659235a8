import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findMarkdown, type MarkdownFile, markdownFiles } from '../support/markdown.ts';
import { root } from '../support/process.ts';

const { scripts, dependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

describe.each(markdownFiles)('$file', (document) => {
  test('names no path that does not exist', () => {
    const paths =
      readCode(document).match(/(?<![\w./:-])(?:\.ci|src|test|migrations|docs|deploy)\/[\w./-]*/g) ?? [];
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('names no script that package.json does not have', () => {
    const names = [...readCode(document).matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)];
    const missing = names.map(([, run, own]) => run ?? own).filter((name) => !(String(name) in scripts));
    expect(missing).toEqual([]);
  });
});

describe('docs/working.md', () => {
  const working = findMarkdown('docs/working.md');
  const rooms = readRooms(working);

  test('names every script', () => {
    const code = readCode(working);
    const missing = Object.keys(scripts).filter((name) => !new RegExp(`npm (run )?${name}\\b`).test(code));
    expect(missing).toEqual([]);
  });

  test('has every folder of src among the rooms', () => {
    const folders = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => `${join(parentPath, name).slice(root.length + 1)}/`);
    expect(folders.length).toBeGreaterThan(5);
    expect(rooms.map(({ path }) => path)).toEqual(expect.arrayContaining(folders));
  });

  test.each(rooms)('has nothing in the room $path that is not there', ({ path, files }) => {
    const names = existsSync(join(root, path)) && path.endsWith('/') ? readdirSync(join(root, path)) : [];
    const known = new Set(names.map((name) => name.replace(/\.([jt]s|yaml)$/, '')));
    expect(existsSync(join(root, path)), `${path} exists`).toBe(true);
    expect(files.filter((file) => !known.has(file))).toEqual([]);
  });

  test('gives the reason for each runtime dependency, and for no other package', () => {
    const table = /^\| package \| for \|\n.*\n((?:\|.*\n)+)/m.exec(working.prose)?.[1] ?? '';
    const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => String(name)));
    expect(named.toSorted()).toEqual(Object.keys({ ...dependencies, ...optionalDependencies }).toSorted());
  });
});

/** What is written as code: in a line, in blocks and indented. */
function readCode({ prose, blocks }: MarkdownFile): string {
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
  const indented = prose.match(/^ {4}.*$/gm) ?? [];
  return [...inline, ...indented, ...blocks.map(({ text }) => text)].join('\n');
}

interface Room {
  readonly path: string;
  /** The files that the tree names in it, without their endings. */
  readonly files: readonly string[];
}

/** The tree of rooms: a folder a line, with its files between `·`; what is longer goes on in the next line. */
function readRooms({ prose }: MarkdownFile): Room[] {
  const [tree = ''] = /(?:^ {4}.*\n)+/m.exec(prose.slice(prose.indexOf('\n## Rooms\n'))) ?? [];
  const rooms: { path: string; text: string }[] = [];
  let parent = '';
  for (const line of tree.trimEnd().split('\n')) {
    const [, indent, path, text] = /^ {4}( {4})?([\w./-]+) {2,}(.*)$/.exec(line) ?? [];
    const last = rooms.at(-1);
    if (path === undefined && last) last.text += ` ${line.trim()}`;
    if (path === undefined) continue;
    if (indent === undefined) parent = path;
    rooms.push({ path: indent === undefined ? path : `${parent}${path}`, text: String(text) });
  }
  return rooms.map(({ path, text }) => ({ path, files: readFiles(text) }));
}

function readFiles(text: string): string[] {
  if (!text.includes('·')) return [];
  return text
    .replaceAll(/\([^)]*\)/g, '')
    .replace(/^.*:/, '')
    .split('·')
    .map((name) => name.trim());
}
