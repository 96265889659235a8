import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateAppCode, generated } from '../apps/generate.ts';
import { printTypes, typesFile } from './print-types.ts';

await writeFile(typesFile, printTypes());
for (const [name, text] of await generateAppCode()) await writeFile(join(generated, name), text);
