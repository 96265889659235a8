import { type Config, loadConfig } from '../config/config.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { failWithOneLine, StartError } from '../config/start-error.ts';
import type { StatementLimits } from '../database/bounds.ts';
import type { Db } from '../database/database.ts';
import { type OpenDatabase, openDatabase } from '../database/open.ts';
import { describeProblem } from '../database/problems.ts';

/** Where a command logs: stdout is its own. */
const stderr = { write: (line: string) => void process.stderr.write(line) };

/** What a command does, once its words are understood. */
export type Command = (db: Db) => Promise<void>;

/** Runs a command on the database that the configuration names; whatever goes wrong is told in one line. */
export async function runOnDatabase(
  parse: () => Command,
  /** The usage is told after what is wrong with the words. */
  { usage, limits }: { readonly usage: string; readonly limits?: StatementLimits },
): Promise<void> {
  const open = (config: Config, logger: Logger) => openDatabase(config, logger, { limits });
  await run(parse, usage, open, 'The command failed on');
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
  const open = async ({ databaseUrl }: Config, logger: Logger) => {
    if (databaseUrl === undefined) throw new StartError(`DATABASE_URL is not set: ${remedy}`);
    const { openPostgres } = await import('../database/postgres.ts');
    const { db } = openPostgres(databaseUrl, { poolSize, logger, limits: {} });
    return { db, close: () => db.destroy() };
  };
  await run(parse, usage, open, failure);
}

async function run(
  parse: () => Command,
  usage: string,
  open: (config: Config, logger: Logger) => Promise<OpenDatabase>,
  failure: string,
): Promise<void> {
  try {
    const command = understand(parse, usage);
    const config = loadConfig();
    const { db, close } = await open(config, createLogger(config, stderr));
    await command(db)
      .catch((error) => explain(error, failure))
      .finally(close);
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
