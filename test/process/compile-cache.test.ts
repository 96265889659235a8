import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, spawnService } from '../support/process.ts';

test('a start keeps what it has compiled for the next one, beside the packages', async () => {
  const preload = `
    import { getCompileCacheDir } from 'node:module';
    process.on('exit', () => console.log(getCompileCacheDir()));`;
  await using service = spawnService({ PORT: 'none', NODE_COMPILE_CACHE: undefined }, { preload });
  const { exit, stdout } = await service.ended;
  expect(exit).toBe(1);
  expect(stdout).toContain(join(root, 'node_modules/.cache/badge-groups'));
});
