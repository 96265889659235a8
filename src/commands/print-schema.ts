import { writeFile } from 'node:fs/promises';
import { printSubgraphSchema } from '@apollo/subgraph';
import { schema } from '../graphql/schema.ts';

await writeFile('schema.graphql', `${printSubgraphSchema(schema)}\n`);
