import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory with these files, there as long as the scope that holds it with `await using`. */
export async function makeDirectory(files: Readonly<Record<string, string | Buffer>> = {}) {
  const directory = await mkdtempDisposable(join(tmpdir(), 'badge-groups-'));
  for (const [name, content] of Object.entries(files)) {
    const file = join(directory.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return directory;
}
