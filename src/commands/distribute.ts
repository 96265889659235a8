import '../config/node-version.js';
import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { failWithOneLine, StartError } from '../config/start-error.ts';
import type { Db } from '../database/database.ts';
import { hasCitus, type Placement, placeTables } from '../database/placements.ts';
import { openPostgres } from '../database/postgres.ts';
import { describeProblem } from '../database/problems.ts';
import { createProblemFinder } from '../database/readiness.ts';
import { stderr } from './command.ts';

await main(process.argv.slice(2)).catch(failWithOneLine);

async function main(words: string[]): Promise<void> {
  if (words.length > 0) throw new StartError('Usage: npm run distribute');
  const config = loadConfig();
  if (config.databaseUrl === undefined) {
    throw new StartError('DATABASE_URL is not set: let it lead to the coordinator of a Citus cluster.');
  }
  // Whatever rows there are have to be moved: no bound on a statement.
  const { db } = openPostgres(config.databaseUrl, {
    poolSize: 1,
    logger: createLogger(config, stderr),
    limits: {},
  });
  try {
    await distribute(db);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`The tables could not be distributed, on a database ${describeProblem(error)}`);
  } finally {
    await db.destroy();
  }
}

async function distribute(db: Db): Promise<void> {
  const problem = await createProblemFinder(db)();
  if (problem !== undefined) throw new StartError(`DATABASE_URL points at a database ${problem}`);
  if (!(await hasCitus(db))) {
    throw new StartError(
      'DATABASE_URL points at a database without Citus: let a superuser run "create extension citus", on every node.',
    );
  }
  for await (const { placement, wasThere } of placeTables(db)) {
    console.log(`${wasThere ? 'there' : 'done '}  ${describe(placement)}`);
  }
}

function describe({ table, by }: Placement): string {
  return by === undefined ? `${table}, a copy on each node` : `${table}, by ${by}`;
}
