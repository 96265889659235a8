import { readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import type { Logger } from '../config/logger.ts';
import { StartError } from '../config/start-error.ts';
import { findDatabase, locateDatabase, refuseDamaged } from './data-directory.ts';
import type { Db } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { findMigrations, refuseNewer } from './migrations.ts';
import { migrateToLatest } from './migrator.ts';
import { describeError, describeProblem } from './problems.ts';
import type { Statement, TextRow } from './statement.ts';
import type { Database } from './tables.ts';

/** The types of our columns that PGlite would parse by itself. */
const asText = Object.fromEntries(
  [types.BOOL, types.INT4, types.INT8, types.JSON].map((type) => [type, (value: string) => value]),
);

/** PGlite's own buffers are 128 MB, written at each start: the operating system keeps the files in memory as well. */
export const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];

/**
 * Opens the embedded Postgres in `dataDir`, created where there is none, migrated, and kept to this process until
 * `close`. Throws StartError when another process has the directory, when it cannot be written, and when what is
 * there is no database that this release can open; nothing of it is changed then.
 */
export async function openEmbedded(
  dataDir: string,
  logger: Logger,
): Promise<{ db: Db; close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  const lock = await lockDirectory(dataDir);
  opened.defer(() => lock.release());
  if (!(await findDatabase(dataDir))) await createDatabase(dataDir, logger);
  const pglite = await openPglite(dataDir);
  const db = createEmbeddedDb(pglite);
  opened.defer(() => db.destroy());
  try {
    const migrations = await findMigrations(db);
    if (migrations.unknown.length > 0) throw refuseNewer(migrations);
    await migrateToLatest(db);
  } catch (error) {
    throw new StartError(`DATA_DIR is "${dataDir}", with a database ${describeProblem(error)}`);
  }
  const toClose = opened.move();
  return { db, close: () => toClose.disposeAsync() };
}

/**
 * PGlite computes on the thread of whoever asks. So the event loop goes round before each statement: what has arrived
 * meanwhile is read, and has its turn or is refused.
 */
export function createEmbeddedDb(pglite: PGlite): Db {
  const kysely = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) });
  let previous: Promise<unknown> = Promise.resolve();

  async function query(text: string, values: unknown[]): Promise<readonly TextRow[]> {
    await new Promise(setImmediate);
    const { rows } = await pglite.query(text, values, { rowMode: 'array', parsers: asText });
    return rows as TextRow[];
  }

  return Object.assign(kysely, {
    run<Values>(statement: Statement<Values>, values: Values): Promise<readonly TextRow[]> {
      const run = () => query(statement.text, statement.bind(values));
      const rows = previous.then(run);
      previous = rows.then(
        () => {},
        () => {},
      );
      return rows;
    },
  });
}

/** Prepared beside its final place and moved there whole: a start that is killed half-way leaves nothing behind. */
async function createDatabase(dataDir: string, logger: Logger): Promise<void> {
  const directory = locateDatabase(dataDir);
  logger.info(`Creating the embedded database in ${directory}: this takes a few seconds, once`);
  const unfinished = `${directory}.unfinished`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    const pglite = await PGlite.create(unfinished);
    await pglite.close();
    await rename(unfinished, directory);
  } catch (error) {
    const { bavail, bsize } = await statfs(dataDir);
    await rm(unfinished, { recursive: true, force: true }).catch(() => {});
    throw new StartError(
      `DATA_DIR is "${dataDir}", where no database can be created (${describeError(error)}): it takes 50 MB, ` +
        `and ${Math.floor((bavail * bsize) / 1e6)} MB were left; make room, or choose another directory.`,
    );
  }
}

async function openPglite(dataDir: string): Promise<PGlite> {
  const directory = locateDatabase(dataDir);
  const pidFile = join(directory, 'postmaster.pid');
  const pid = await readFile(pidFile).catch(() => undefined);
  try {
    return await PGlite.create(directory, { startParams });
  } catch (error) {
    // All that it has changed when it gives up early.
    await (pid === undefined ? rm(pidFile, { force: true }) : writeFile(pidFile, pid)).catch(() => {});
    throw refuseDamaged(dataDir, describeError(error));
  }
}
