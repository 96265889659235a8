import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { StartError } from '../../src/config/start-error.ts';
import { makeDirectory } from '../support/directory.ts';
import { spawnService } from '../support/process.ts';

const groups = 'query Groups { badgeGroups { name } }';
const expected =
  'a JSON file of documents by their ids, as the tools of Apollo, Relay or GraphQL Code Generator write it; this one';

let directory: Awaited<ReturnType<typeof makeDirectory>>;
beforeAll(async () => {
  directory = await makeDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

async function write(manifest: unknown): Promise<string> {
  const file = join(directory.path, 'manifest.json');
  await writeFile(file, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  return file;
}

describe('TRUSTED_DOCUMENTS', () => {
  test.each([
    [
      'Apollo’s',
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [{ id: 'a1', name: 'Groups', type: 'query', body: groups }],
      },
    ],
    ['Relay’s and GraphQL Code Generator’s', { a1: groups }],
  ])('takes a manifest in %s format', async (_title, manifest) => {
    const file = await write(manifest);
    const { trustedDocuments } = readConfig({ TRUSTED_DOCUMENTS: file });
    expect(trustedDocuments).toEqual({ file, documents: new Map([['a1', groups]]) });
  });

  test.each([
    ['{', 'is no JSON'],
    ['', 'is no JSON'],
    ['null', 'holds no such documents'],
    [{}, 'holds no such documents'],
    [[groups], 'holds no such documents'],
    [{ a1: groups, a2: { text: groups } }, 'holds no such documents'],
    [{ format: 'apollo-persisted-query-manifest', version: 1 }, 'holds no such documents'],
    [
      { format: 'apollo-persisted-query-manifest', operations: [{ body: groups }, null] },
      'holds no such documents',
    ],
  ])('refuses %j in one line', async (manifest, problem) => {
    const file = await write(manifest);
    expectRefusal(file, problem);
  });

  test('refuses a file that is not there in one line', () => {
    expectRefusal('/nowhere/manifest.json', 'cannot be read (ENOENT)');
  });

  test('stops the start in one line where a document is none', async () => {
    const file = await write({ a1: groups, a2: 'query {' });
    const { exit, stdout, stderr } = await spawnService({ TRUSTED_DOCUMENTS: file }).ended;
    const line = `TRUSTED_DOCUMENTS is "${file}", but must be ${expected} has no document under "a2".\n`;
    expect({ exit, stdout, stderr }).toEqual({ exit: 1, stdout: '', stderr: line });
  });

  function expectRefusal(file: string, problem: string): void {
    const read = () => readConfig({ TRUSTED_DOCUMENTS: file });
    expect(read).toThrow(StartError);
    expect(read).toThrow(`TRUSTED_DOCUMENTS is ${JSON.stringify(file)}, but must be ${expected} ${problem}.`);
  }
});

describe('GATEWAY_SECRET', () => {
  const [one, two] = ['1'.repeat(32), '2'.repeat(40)];

  test('is one or several, with commas', () => {
    expect(readConfig({ GATEWAY_SECRET: one }).gatewaySecrets).toEqual([one]);
    expect(readConfig({ GATEWAY_SECRET: `${one},${two}` }).gatewaySecrets).toEqual([one, two]);
    expect(readConfig({}).gatewaySecrets).toEqual([]);
  });

  test.each(['short', `${one},short`, `${one} ${two}`, 'ü'.repeat(32), ',', `${one},`])(
    'refuses what can be guessed or stands in no header, without repeating it: %s',
    (value) => {
      const read = () => readConfig({ GATEWAY_SECRET: value });
      expect(read).toThrow(StartError);
      expect(read).toThrow(/^GATEWAY_SECRET is wrong: it must be 32 or more printable ASCII [^12ü]*$/);
    },
  );
});
