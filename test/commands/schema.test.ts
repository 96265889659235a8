import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../support/directory.ts';
import { root, runCommand } from '../support/process.ts';

test('npm run schema writes schema.graphql, which is the committed one', async () => {
  await using directory = await makeDirectory();
  const { exit, stderr } = await runCommand('schema', [], { cwd: directory.path });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(await readFile(join(directory.path, 'schema.graphql'), 'utf8')).toBe(
    await readFile(join(root, 'schema.graphql'), 'utf8'),
  );
});
