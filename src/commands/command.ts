import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { failWithOneLine, StartError } from '../config/start-error.ts';
import type { StatementLimits } from '../database/bounds.ts';
import type { Db } from '../database/database.ts';
import { openDatabase } from '../database/open.ts';
import { describeProblem } from '../database/problems.ts';

/** Where a command logs: stdout is its own. */
const stderr = {
  write: (line: string) => void process.stderr.write(line),
  finish: async () => {},
};

/** What a command does, once its words are understood. */
export type Command = (db: Db) => Promise<void>;

export interface DatabaseCommandOptions {
  /** Told after what is wrong with the words. */
  readonly usage: string;
  readonly limits?: StatementLimits;
}

/** Runs a command on the database that the configuration names; whatever goes wrong is told in one line. */
export async function runOnDatabase(
  parse: () => Command,
  { usage, limits }: DatabaseCommandOptions,
): Promise<void> {
  try {
    const run = understand(parse, usage);
    const config = loadConfig();
    const database = await openDatabase(config, createLogger(config, stderr), { ...(limits && { limits }) });
    await run(database.db)
      .catch((error) => explain(error, 'The command failed on'))
      .finally(() => database.close());
  } catch (error) {
    failWithOneLine(error);
  }
}

export interface ServerCommandOptions {
  readonly usage: string;
  readonly poolSize: number;
  /** What to do without a DATABASE_URL. */
  readonly remedy: string;
  /** What is told of a failure, before the database that it was on. */
  readonly failure: string;
}

/** The same on a Postgres server, which need not be ready for the service yet, and without bounds on what is done there. */
export async function runOnServer(
  parse: () => Command,
  { usage, poolSize, remedy, failure }: ServerCommandOptions,
): Promise<void> {
  try {
    const run = understand(parse, usage);
    const config = loadConfig();
    if (config.databaseUrl === undefined) throw new StartError(`DATABASE_URL is not set: ${remedy}`);
    const { openPostgres } = await import('../database/postgres.ts');
    const { db } = openPostgres(config.databaseUrl, {
      poolSize,
      logger: createLogger(config, stderr),
      limits: {},
    });
    await run(db)
      .catch((error) => explain(error, failure))
      .finally(() => db.destroy());
  } catch (error) {
    failWithOneLine(error);
  }
}

function understand(parse: () => Command, usage: string): Command {
  try {
    return parse();
  } catch (error) {
    throw error instanceof StartError ? new StartError(`${error.message}\n${usage}`) : error;
  }
}

function explain(error: unknown, failure: string): never {
  if (error instanceof StartError) throw error;
  throw new StartError(`${failure} a database ${describeProblem(error)}`);
}
