import { writeFile } from 'node:fs/promises';
import { schema } from '../graphql/schema.ts';
import { printSdl } from '../graphql/sdl.ts';

await writeFile('schema.graphql', printSdl(schema));
