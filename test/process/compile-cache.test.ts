import { existsSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boundCompileCache } from '../support/compile-cache.ts';
import { makeDirectory } from '../support/directory.ts';
import { root, spawnService } from '../support/process.ts';

const place = join(root, 'node_modules/.cache/badge-groups');

test('a start keeps what it has compiled for the next one, beside the packages', async () => {
  const preload = `
    import { getCompileCacheDir } from 'node:module';
    process.on('exit', () => console.log(getCompileCacheDir()));`;
  await using service = spawnService({ PORT: 'none', NODE_COMPILE_CACHE: undefined }, { preload });
  const { exit, stdout } = await service.ended;
  expect(exit).toBe(1);
  expect(stdout).toContain(place);
});

test('the tests keep theirs there, too', () => {
  expect(getCompileCacheDir()).toContain(place);
});

test('and empty it when it has too many entries, and not before', async () => {
  await using directory = await makeDirectory({ 'cache/v26/a': '', 'cache/v26/b': '' });
  const cache = join(directory.path, 'cache');
  boundCompileCache(cache, 3);
  expect(existsSync(join(cache, 'v26/a'))).toBe(true);
  writeFileSync(join(cache, 'v26/c'), '');
  boundCompileCache(cache, 3);
  expect(existsSync(cache)).toBe(false);
  boundCompileCache(cache, 3);
});
