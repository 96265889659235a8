import { writeFile } from 'node:fs/promises';
import { schema } from '../schema/schema.ts';
import { printSdl } from '../schema/sdl.ts';

await writeFile('schema.graphql', printSdl(schema));
