import { writeFile } from 'node:fs/promises';
import { printTypes, typesFile } from './print-types.ts';

await writeFile(typesFile, printTypes());
