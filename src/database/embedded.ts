import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import type { Logger } from '../config/logger.ts';
import { StartError } from '../config/start-error.ts';
import type { Database, Db } from './database.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';

/**
 * Opens the embedded Postgres in `dataDir`, which it creates where needed and keeps to this process until `close`.
 * Throws StartError when another process has the directory, or when it cannot be written.
 */
export async function openEmbedded(
  dataDir: string,
  logger: Logger,
): Promise<{ db: Db; close: () => Promise<void> }> {
  const lock = await lockWritableDirectory(dataDir);
  try {
    const pglite = await openPglite(join(dataDir, 'postgres'), logger);
    const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) });
    return {
      db,
      async close() {
        await db.destroy();
        if (!pglite.closed) await pglite.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function lockWritableDirectory(dataDir: string): Promise<DirectoryLock> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return await lockDirectory(dataDir);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`DATA_DIR is "${dataDir}", which cannot be used: ${(error as Error).message}.`);
  }
}

/** Prepared beside its final place and moved there whole: a start that is killed half-way leaves nothing behind. */
async function openPglite(directory: string, logger: Logger): Promise<PGlite> {
  if (!existsSync(directory)) {
    logger.info(`Creating the embedded database in ${directory}: this takes a few seconds, once`);
    const unfinished = `${directory}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    const pglite = await PGlite.create(unfinished);
    await pglite.close();
    await rename(unfinished, directory);
  }
  return await PGlite.create(directory);
}
