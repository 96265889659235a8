import { existsSync, readdirSync, rmSync } from 'node:fs';

/** Some 120 MB. A run makes 8,000 at first, and then two for each test file: Vitest imports them by URLs that are new. */
const maxEntries = 20_000;

/** Empties a directory of Node's compile cache, which never drops anything, when it has more entries than that. */
export function boundCompileCache(directory: string, max = maxEntries): void {
  if (!existsSync(directory)) return;
  if (readdirSync(directory, { recursive: true }).length > max) rmSync(directory, { recursive: true });
}
