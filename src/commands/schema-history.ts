import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHurtfulChanges } from './schema-changes.ts';

export const schemaFile = 'schema.graphql';
/** A line for each change that is meant, in the words of `findUndeclaredChanges`. */
export const declarationFile = 'breaking-schema-changes.txt';

/**
 * How the schema in `directory`, committed or not, may hurt clients and neighbours of the last other version on main,
 * and no line added since declares. Undefined when git knows no other version.
 */
export function findUndeclaredChanges(directory: string): string[] | undefined {
  const current = readFileSync(join(directory, schemaFile), 'utf8');
  const commit = findCommitsOfMain(directory).find((commit) => {
    const version = readAt(directory, commit, schemaFile);
    return version !== undefined && version !== current;
  });
  if (commit === undefined) return undefined;
  const previous = readAt(directory, commit, schemaFile) ?? '';
  const declared = readDeclarations(directory).difference(
    toLines(readAt(directory, commit, declarationFile) ?? ''),
  );
  return findHurtfulChanges(previous, current).filter((change) => !declared.has(change));
}

/** The commits that changed the schema, newest first: of main up to where the branch left it, else of the branch. */
function findCommitsOfMain(directory: string): string[] {
  const base =
    git(directory, 'merge-base', 'HEAD', 'main') ?? git(directory, 'merge-base', 'HEAD', 'origin/main');
  const commits = git(directory, 'log', '--format=%H', base?.trim() ?? 'HEAD', '--', schemaFile) ?? '';
  return commits.split('\n').filter((commit) => commit !== '');
}

function readAt(directory: string, commit: string, file: string): string | undefined {
  return git(directory, 'show', `${commit}:./${file}`);
}

function git(directory: string, ...words: string[]): string | undefined {
  try {
    return execFileSync('git', words, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function readDeclarations(directory: string): Set<string> {
  const file = join(directory, declarationFile);
  return toLines(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

function toLines(text: string): Set<string> {
  return new Set(text.split('\n').map((line) => line.trim()));
}
