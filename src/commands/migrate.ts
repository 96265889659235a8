import '../config/node-version.js';
import { StartError } from '../config/start-error.ts';
import { wrong } from '../config/variables.ts';
import type { Db } from '../database/database.ts';
import { findMigrations, findSchema } from '../database/migrations.ts';
import { migrateDown, migrateToLatest } from '../database/migrator.ts';
import { findServerProblem } from '../database/readiness.ts';
import { type Command, runOnServer } from './command.ts';
import { readWords } from './words.ts';

const commands = new Map(Object.entries({ up, down, status }));

await runOnServer(parseCommand, {
  usage: 'Usage: npm run migrate [-- up | down | status]',
  // A migration, what runs beside its transaction, and a look at who holds it up.
  poolSize: 3,
  remedy: 'say which database to migrate. The embedded one migrates itself at every start.',
  failure: 'The migration failed on',
});

function parseCommand(): Command {
  const [command = 'up', ...args] = process.argv.slice(2);
  const run = commands.get(command);
  if (run === undefined) throw wrong('The command', command, `one of ${[...commands.keys()].join(', ')}`);
  readWords(command, args);
  return async (db) => {
    const problem = await findServerProblem(db);
    if (problem !== undefined) throw new StartError(`DATABASE_URL points at a database ${problem}`);
    const { database, schema } = await findSchema(db);
    console.log(`Database "${database}", schema "${schema}":`);
    await run(db);
  };
}

async function up(db: Db): Promise<void> {
  const names = await migrateToLatest(db, { say: console.log });
  const { unknown } = await findMigrations(db);
  if (unknown.length > 0) {
    console.log(`Nothing to do: this database is newer, a later release has made ${unknown.join(', ')}.`);
  } else console.log(`${names.length === 0 ? 'Nothing to do: every' : 'Every'} migration is there.`);
}

async function down(db: Db): Promise<void> {
  const name = await migrateDown(db, { say: console.log });
  if (name === undefined) console.log('Nothing to undo.');
}

async function status(db: Db): Promise<void> {
  const { done, pending, unknown } = await findMigrations(db);
  for (const name of done) console.log(`${unknown.includes(name) ? 'unknown' : 'done   '}  ${name}`);
  for (const name of pending) console.log(`pending  ${name}`);
}
