import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { findMarkdown, type MarkdownFile, markdownFiles } from '../support/markdown.ts';
import { root } from '../support/process.ts';

const links = markdownFiles.flatMap(({ file, prose }) =>
  [...prose.replaceAll(/`[^`]*`/g, '').matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map(([, target]) => String(target))
    .filter((target) => !/^https?:/.test(target))
    .map((target) => ({ file, target })),
);

test('README.md has at most 200 lines', () => {
  expect(findMarkdown('README.md').lines.length).toBeLessThanOrEqual(200);
});

test('README.md leads to every other file, and each of them begins with the list of its sections', () => {
  for (const { file, prose } of markdownFiles) {
    if (file === 'README.md') continue;
    expect(links).toContainEqual({ file: 'README.md', target: file });
    const anchors = links.filter((link) => link.file === file).map(({ target }) => target);
    const sections = [...prose.matchAll(/^## (.+)$/gm)].map(([, heading]) => `#${toAnchor(String(heading))}`);
    expect(sections.length).toBeGreaterThan(2);
    expect(anchors).toEqual(expect.arrayContaining(sections));
  }
});

test.each(links)('$file: the link $target leads somewhere', ({ file, target }) => {
  const [path = '', anchor] = target.split('#');
  const linked = path === '' ? file : normalize(join(file, '..', path));
  expect(existsSync(join(root, linked)), `${linked} exists`).toBe(true);
  if (anchor !== undefined) expect(findAnchors(findMarkdown(linked))).toContain(anchor);
});

test.each(findTables())('the rows of the table at $place have as many cells as its head', ({ rows }) => {
  // Pipes in code are written `\|`.
  const counts = rows.map((row) => row.replaceAll('\\|', '').split('|').length);
  expect(counts).toEqual(counts.map(() => counts[0]));
});

function findTables() {
  return markdownFiles.flatMap(({ file, prose }) =>
    [...prose.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
      const rows = table.trimEnd().split('\n');
      return { place: `${file}: ${rows[0]}`, rows };
    }),
  );
}

/** The anchors that GitHub gives headings: the second of the same name ends in `-1`, and so on. */
function findAnchors({ prose }: MarkdownFile): string[] {
  const counts = new Map<string, number>();
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const anchor = toAnchor(String(heading));
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}
