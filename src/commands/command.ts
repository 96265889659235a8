import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { failWithOneLine, StartError } from '../config/start-error.ts';
import type { StatementLimits } from '../database/bounds.ts';
import type { Db } from '../database/database.ts';
import { openDatabase } from '../database/open.ts';
import { describeProblem } from '../database/problems.ts';

/** Where a command logs: stdout is its own. */
export const stderr = {
  write: (line: string) => void process.stderr.write(line),
  finish: async () => {},
};

/** What a command does, once its words are understood. */
export type Command = (db: Db) => Promise<void>;

/** Runs a command on the database that the configuration names; whatever goes wrong is told in one line. */
export async function runOnDatabase(parse: () => Command, limits?: StatementLimits): Promise<void> {
  try {
    const run = parse();
    const config = loadConfig();
    const database = await openDatabase(config, createLogger(config, stderr), { ...(limits && { limits }) });
    await run(database.db)
      .catch(explain)
      .finally(() => database.close());
  } catch (error) {
    failWithOneLine(error);
  }
}

function explain(error: unknown): never {
  if (error instanceof StartError) throw error;
  throw new StartError(`The command failed on a database ${describeProblem(error)}`);
}

/** An org or a user as it is given to a command, after `name`. Throws StartError. */
export function parseInt32(name: string, value: string | undefined): number {
  const number = Number(value);
  if (value !== undefined && /^\d{1,10}$/.test(value) && number <= 2_147_483_647) return number;
  throw new StartError(`${name} is ${value ?? 'missing'}, but must be a whole number from 0 to 2147483647.`);
}
