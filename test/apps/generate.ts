import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse, printSchema } from 'graphql';
import { makeDirectory } from '../support/directory.ts';
import { clientSchema, sdl } from './client-schema.ts';

const apps = import.meta.dirname;
const relayCompiler = join(apps, '../../node_modules/.bin/relay-compiler');

/** Where the generated code is. */
export const generated = join(apps, 'generated');

/** What the clients' code generators make of `schema.graphql` and the operations of the apps: texts by file name. */
export async function generateAppCode(): Promise<Map<string, string>> {
  return new Map([...(await runClientPreset()), ...(await runRelayCompiler())]);
}

/** GraphQL Code Generator, whose command line would bring two hundred packages. */
async function runClientPreset(): Promise<[string, string][]> {
  const location = join(apps, 'operations.graphql');
  const rawSDL = await readFile(location, 'utf8');
  const outputs = await preset.buildGeneratesSection({
    schema: parse(printSchema(clientSchema)),
    schemaAst: clientSchema,
    documents: [{ location, rawSDL, document: parse(rawSDL) }],
    baseOutputDir: '/',
    presetConfig: { fragmentMasking: false },
    config: { useTypeImports: true },
    plugins: [],
    pluginMap: {},
  });
  // The other files are for operations that stand in the code.
  const documents = outputs.filter(({ filename }) => filename === '/graphql.ts');
  return await Promise.all(documents.map(async (output) => ['graphql.ts', await codegen(output)]));
}

async function runRelayCompiler(): Promise<[string, string][]> {
  await using directory = await makeDirectory({
    // It does not know extensions of the schema, and crashes.
    'schema.graphql': sdl.replaceAll(/^extend schema .*\n/gm, ''),
    'operations.ts': await readFile(join(apps, 'relay-operations.ts')),
    'relay.config.json': JSON.stringify({
      src: '.',
      schema: 'schema.graphql',
      language: 'typescript',
      eagerEsModules: true,
      useImportTypeSyntax: true,
    }),
  });
  await promisify(execFile)(relayCompiler, ['relay.config.json'], { cwd: directory.path });
  const artifacts = join(directory.path, '__generated__');
  const names = await readdir(artifacts);
  return await Promise.all(names.map(async (name) => [name, await readFile(join(artifacts, name), 'utf8')]));
}
