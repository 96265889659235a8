import { expect, test } from 'vitest';
import { StartError } from '../../src/config/start-error.ts';
import { lockDirectory } from '../../src/database/directory-lock.ts';
import { makeDirectory } from '../support/directory.ts';

test('a directory has one holder at a time', async () => {
  await using directory = await makeDirectory();
  const lock = await lockDirectory(directory.path);
  const refusal = lockDirectory(directory.path, 0);
  await expect(refusal).rejects.toThrow(StartError);
  await expect(refusal).rejects.toThrow(/^DATA_DIR is ".+", which another process is using: /);
  lock.release();
});

test('a directory goes to who waits for it as soon as it is released, as on a restart', async () => {
  await using directory = await makeDirectory();
  const lock = await lockDirectory(directory.path);
  const next = lockDirectory(directory.path);
  const early = await Promise.race([next, Promise.resolve('not yet')]);
  expect(early).toBe('not yet');
  lock.release();
  (await next).release();
});

test('two directories have a holder each', async () => {
  await using directory = await makeDirectory({ 'a/.keep': '', 'b/.keep': '' });
  const locks = await Promise.all(['a', 'b'].map((name) => lockDirectory(`${directory.path}/${name}`, 0)));
  for (const lock of locks) lock.release();
});
