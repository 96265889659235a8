import { describe, expect, test } from 'vitest';
import { findRoom, findWrongImports, packages, readSources, tower } from './support/imports.ts';
import { root } from './support/process.ts';

const sources = readSources(root);

test('every import goes down the tower, and none goes in a circle', () => {
  expect(sources.size).toBeGreaterThan(50);
  expect(findWrongImports(sources)).toEqual([]);
});

test('every room of the tower has a file in it', () => {
  const rooms = new Set([...sources.keys()].map(findRoom));
  expect([...tower].filter((room) => !rooms.has(room))).toEqual([]);
});

const fileIn = (room: string) => (room.endsWith('.ts') ? room : `${room}/some.ts`);
const upwards = tower.flatMap((lower, index) =>
  tower.slice(0, index).map((upper) => ({ lower: fileIn(lower), upper: fileIn(upper) })),
);

test.each(upwards)('an import from $upper in $lower is found', ({ lower, upper }) => {
  const path = toRoot(lower) + upper;
  for (const statement of [
    `import '${path}';`,
    `import { a } from '${path}';`,
    `import type { A } from '${path}';`,
    `export * from '${path}';`,
    `const a = await import('${path}');`,
  ]) {
    expect(findWrongImports(new Map([[lower, statement]]))).toEqual([`${lower} → ${upper}`]);
  }
  expect(findWrongImports(new Map([[upper, `import './${toRoot(upper)}${lower}';`]]))).toEqual([]);
});

function toRoot(file: string): string {
  return '../'.repeat(file.split('/').length - 1);
}

test('a circle of files is found, within a room too', () => {
  const circle = new Map([
    ['src/auth/a.ts', `import './b.ts';`],
    ['src/auth/b.ts', `import type { C } from './c.ts';`],
    ['src/auth/c.ts', `import './a.ts';`],
    ['src/auth/d.ts', `import './a.ts';`],
  ]);
  expect(findWrongImports(circle)).toEqual([
    'src/auth/a.ts → src/auth/b.ts',
    'src/auth/b.ts → src/auth/c.ts',
    'src/auth/c.ts → src/auth/a.ts',
  ]);
});

test('a file outside the rooms is found', () => {
  expect(() => findWrongImports(new Map([['src/loose.ts', `import './main.ts';`]]))).toThrow('no room');
});

describe('a package that is not for everybody', () => {
  test.each([
    ['graphql', 'src/badge-group/rules.ts'],
    ['graphql-yoga', 'src/auth/basic.ts'],
    ['@pothos/core', 'src/database/open.ts'],
    ['@graphql-tools/utils', 'src/config/config.ts'],
    ['kysely', 'src/badge-group/rules.ts'],
    ['kysely', 'src/schema/badge-group/list.ts'],
    ['pg', 'src/badge-group/repository.ts'],
    ['@electric-sql/pglite', 'src/service.ts'],
    ['node:http', 'src/schema/schema.ts'],
    ['prom-client', 'src/http/server.ts'],
    ['@opentelemetry/api', 'src/database/postgres.ts'],
    ['@apollo/composition', 'src/schema/sdl.ts'],
  ])('is found: %s in %s', (name, file) => {
    expect(packages.some(([pattern]) => pattern.test(name))).toBe(true);
    for (const statement of [
      `import { a } from '${name}';`,
      `import '${name}';`,
      `await import('${name}')`,
    ]) {
      expect(findWrongImports(new Map([[file, statement]]))).toEqual([`${file} → ${name}`]);
    }
  });
});
