import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateAppCode, generated } from './generate.ts';

test('the code of the apps is what the generators make of schema.graphql', async () => {
  const names = await readdir(generated);
  const texts = await Promise.all(names.map((name) => readFile(join(generated, name), 'utf8')));
  const committed = new Map(names.map((name, index) => [name, texts[index]]));
  expect(committed).toEqual(await generateAppCode());
});
