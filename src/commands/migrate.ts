import '../config/node-version.js';
import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { failWithOneLine, StartError } from '../config/start-error.ts';
import type { Db } from '../database/database.ts';
import { createMigrator, migrateToLatest } from '../database/migrator.ts';
import { openPostgres } from '../database/postgres.ts';
import { describeError } from '../database/readiness.ts';

const commands = new Map(Object.entries({ up, down, status }));

await main(process.argv.slice(2)).catch(failWithOneLine);

async function main([command = 'up', ...rest]: string[]): Promise<void> {
  const run = commands.get(command);
  if (run === undefined || rest.length > 0)
    throw new StartError('Usage: npm run migrate [-- up | down | status]');
  const config = loadConfig();
  if (config.databaseUrl === undefined) {
    throw new StartError(
      'DATABASE_URL is not set: say which database to migrate. The embedded one migrates itself at every start.',
    );
  }
  const { db } = openPostgres(config.databaseUrl, {
    poolSize: 2,
    logger: createLogger(config),
    patient: true,
  });
  try {
    await run(db);
  } catch (error) {
    throw new StartError(`The database that DATABASE_URL points at is not migrated: ${describeError(error)}`);
  } finally {
    await db.destroy();
  }
}

async function up(db: Db): Promise<void> {
  const names = await migrateToLatest(db);
  for (const name of names) console.log(`done     ${name}`);
  console.log(names.length === 0 ? 'Nothing to do: every migration is there.' : 'Every migration is there.');
}

async function down(db: Db): Promise<void> {
  const { error, results = [] } = await createMigrator(db).migrateDown();
  if (error) throw error;
  console.log(results.length === 0 ? 'Nothing to undo.' : `undone   ${results[0]?.migrationName}`);
}

async function status(db: Db): Promise<void> {
  for (const { name, executedAt } of await createMigrator(db).getMigrations()) {
    console.log(`${executedAt ? 'done   ' : 'pending'}  ${name}`);
  }
}
