import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { boundCompileCache } from '../support/compile-cache.ts';
import { makeDirectory } from '../support/directory.ts';
import { root, scripts, spawnService, TestProcess, toModule } from '../support/process.ts';
import { useService } from '../support/service.ts';

const place = join(root, 'node_modules/.cache/badge-groups');

test.each(['start', 'migrate', 'distribute', 'client', 'org'])(
  'what npm run %s compiles is kept beside the packages',
  async (name) => {
    const tell = toModule(`
      import { getCompileCacheDir } from 'node:module';
      process.on('exit', () => console.log(getCompileCacheDir()));`);
    const env = { NODE_COMPILE_CACHE: undefined, NODE_OPTIONS: `--import "${tell}"`, PORT: 'none' };
    await using script = new TestProcess('sh', ['-c', scripts[name] as string], { env });
    const { exit, stdout } = await script.ended;
    expect(exit).toBe(1);
    expect(stdout).toContain(place);
  },
);

describe('a service keeps what it has compiled for the next start when its log is', () => {
  const held = useService('a Postgres server');

  test.each(['a file', 'a pipe'])('%s', async (kind) => {
    await using directory = await makeDirectory();
    const log = await open(join(directory.path, 'log'), 'w');
    const cache = join(directory.path, 'cache');
    const env = { DATABASE_URL: held.service.databaseUrl, NODE_COMPILE_CACHE: cache };
    await using service = spawnService(env, kind === 'a file' ? { output: log.fd } : {});
    await expect
      .poll(() => readFile(join(directory.path, 'log'), 'utf8').then((text) => text + service.stdout))
      .toContain('GraphQL and GraphiQL on');
    expect(await service.stop()).toMatchObject({ exit: 0 });
    await log.close();
    expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(500);
  });
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
