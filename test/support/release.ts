import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrationFolder } from '../../src/database/migrations.ts';
import { makeDirectory } from './directory.ts';

const exampleFolder = join(import.meta.dirname, '../database/colour');

export const addColour = '29990101000000-add-colour';
export const indexColour = '29990101000100-index-colour';
/** Expand, and contract. */
export const expand = [addColour, indexColour];
export const contract = [
  '29990201000000-fill-colour',
  '29990201000100-require-colour',
  '29990201000200-check-colour',
];

/** The migrations of a release to come: ours, and these of the example, or others by their text. */
export async function makeRelease(names: readonly string[], texts: Readonly<Record<string, string>> = {}) {
  const folder = await makeDirectory();
  for (const file of await readdir(migrationFolder)) {
    await symlink(join(migrationFolder, file), join(folder.path, file));
  }
  for (const name of names) await symlink(join(exampleFolder, `${name}.ts`), join(folder.path, `${name}.ts`));
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder.path, `${name}.ts`), text);
  return { folder: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}
