import '../config/node-version.js';
import { StartError } from '../config/start-error.ts';
import type { Db } from '../database/database.ts';
import { type Distribution, distributeTables, hasCitus } from '../database/distribution.ts';
import { createProblemFinder } from '../database/readiness.ts';
import { type Command, runOnServer } from './command.ts';
import { readWords } from './words.ts';

await runOnServer(parseCommand, {
  usage: 'Usage: npm run distribute',
  poolSize: 1,
  remedy: 'let it lead to the coordinator of a Citus cluster.',
  failure: 'The tables could not be distributed, on',
});

function parseCommand(): Command {
  readWords('distribute', process.argv.slice(2));
  return distribute;
}

async function distribute(db: Db): Promise<void> {
  const problem = await createProblemFinder(db)();
  if (problem !== undefined) throw new StartError(`DATABASE_URL points at a database ${problem}`);
  if (!(await hasCitus(db))) {
    throw new StartError(
      'DATABASE_URL points at a database without Citus: let a superuser run "create extension citus", on every node.',
    );
  }
  for await (const { distribution, wasThere } of distributeTables(db)) {
    console.log(`${wasThere ? 'there' : 'done '}  ${describe(distribution)}`);
  }
}

function describe({ table, by }: Distribution): string {
  return by === undefined ? `${table}, a copy on each node` : `${table}, by ${by}`;
}
