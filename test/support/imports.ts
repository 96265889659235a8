import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The rooms from top to bottom: a file imports from its own room and from those below, never from those above. */
export const tower = [
  'src/commands',
  'src/main.ts',
  'src/service.ts',
  'src/http',
  'src/http/observe',
  'src/http/turns',
  'src/http/operation',
  'src/schema',
  'src/schema/badge-group',
  'src/schema/base',
  'src/org',
  'src/badge-group',
  'src/auth',
  'src/database',
  'src/config',
  'migrations',
] as const;

/** The packages that are not for everybody, and the rooms or files that may import them. */
export const packages: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(graphql|graphql-yoga|@graphql-.+|@pothos\/.+)$/,
    ['src/commands', ...roomsOf('src/http'), ...roomsOf('src/schema')],
  ],
  [
    /^kysely(\/.+)?$/,
    [
      'src/database',
      'src/badge-group/lists.ts',
      'src/badge-group/reorder.ts',
      'src/badge-group/repository.ts',
      'src/badge-group/versions.ts',
      'src/badge-group/writes.ts',
      'src/auth/api-client.repository.ts',
      'src/org',
      'migrations',
    ],
  ],
  // Tracing instruments the driver.
  [/^(pg|@electric-sql\/.+)$/, ['src/database', 'src/http/observe/tracing.ts']],
  [/^(node:https?|undici)$/, ['src/http', 'src/http/observe']],
  // Composers: for work on the schema, and under licences that the service stays clear of.
  [/^@(apollo|theguild)\/.+$/, ['src/commands']],
  [/^(@opentelemetry\/.+|prom-client)$/, ['src/http/observe']],
];

function roomsOf(folder: string): string[] {
  return tower.filter((room) => room === folder || room.startsWith(`${folder}/`));
}

/** The text of each source file, by its path from the root. */
export type Sources = ReadonlyMap<string, string>;

export function readSources(root: string): Sources {
  const paths = globSync(['src/**/*.{ts,js}', 'migrations/*.ts'], { cwd: root });
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** What is against the tower or the packages, and circles of files: a line each, `importer → imported`. */
export function findWrongImports(sources: Sources): string[] {
  return [...sources.keys()].flatMap((file) => {
    const { files, packages: names } = readImports(file, sources.get(file) ?? '');
    const wrong = [
      ...files.filter((imported) => !mayImport(file, imported) || reaches(imported, file, sources)),
      ...names.filter((name) => !mayUse(file, name)),
    ];
    return wrong.map((imported) => `${file} → ${imported}`);
  });
}

function mayImport(file: string, imported: string): boolean {
  return findFloor(file) <= findFloor(imported);
}

function mayUse(file: string, name: string): boolean {
  return packages
    .filter(([pattern]) => pattern.test(name))
    .every(([, users]) => users.includes(file) || users.includes(findRoom(file)));
}

/** Whether a file imports the other one, by however many steps. */
function reaches(from: string, to: string, sources: Sources, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  const { files } = readImports(from, sources.get(from) ?? '');
  return files.some((imported) => reaches(imported, to, sources, seen));
}

function findFloor(file: string): number {
  return tower.indexOf(findRoom(file) as (typeof tower)[number]);
}

/** Throws for a file that stands in no room: the tower is all there is. */
export function findRoom(file: string): string {
  const room = tower.find((room) => room === file || room === posix.dirname(file));
  if (room === undefined) throw new Error(`${file} stands in no room of the tower.`);
  return room;
}

/** Every relative path to a source counts, however it is imported, for its types alone too. */
function readImports(file: string, text: string): { files: string[]; packages: string[] } {
  const paths = [...text.matchAll(/(['"`])(\.{1,2}\/[^'"`\n]+\.[jt]s)\1/g)].map(([, , path]) => path ?? '');
  const names = [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*(['"`])([^.'"`\n][^'"`\n]*)\1/g)];
  return {
    files: paths.map((path) => posix.join(posix.dirname(file), path)),
    packages: names.map(([, , name]) => name ?? ''),
  };
}
