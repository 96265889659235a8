import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../config/start-error.ts';

/** The Postgres that PGlite is: it opens the files of no other. */
const postgresVersion = '18';

/** Without one of these PGlite cannot start, but changes what is left before it gives up. */
const vitalFiles = [
  'global/pg_control',
  'global/pg_filenode.map',
  'base/5/PG_VERSION',
  'base/5/pg_filenode.map',
];
const vitalDirectories = ['pg_wal', 'pg_xact'];

/** Where the files of the embedded database are. */
export function locateDatabase(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/**
 * Whether the embedded database is there, by reading alone: over whatever has no PG_VERSION, PGlite would make a new one.
 * Throws StartError when what is there is damaged, of another version, no database, or cannot be written.
 */
export async function findDatabase(dataDir: string): Promise<boolean> {
  const directory = locateDatabase(dataDir);
  const entries = await list(dataDir, directory);
  if (entries.length === 0) return false;
  if (!entries.includes('PG_VERSION')) {
    throw refuse(dataDir, `${directory} is not empty and has no PG_VERSION: it is damaged, or no database`);
  }
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(String)).trim();
  if (version !== postgresVersion) {
    throw refuse(
      dataDir,
      `the PG_VERSION of ${directory} is ${JSON.stringify(version.slice(0, 80))}, and this release opens ${postgresVersion} only`,
      'start the release that made it',
    );
  }
  for (const file of vitalFiles) {
    if (await isEmpty(join(directory, file))) throw refuseDamaged(dataDir, `${file} is missing or empty`);
  }
  for (const name of vitalDirectories) {
    const entries = await list(dataDir, join(directory, name));
    if (entries.length === 0) throw refuseDamaged(dataDir, `${name} is missing or empty`);
  }
  await access(directory, constants.W_OK).catch(({ message }) => {
    const wrong = `${directory} cannot be written (${message})`;
    throw refuse(dataDir, wrong, 'make it a directory that can be written');
  });
  return true;
}

export function refuseDamaged(dataDir: string, reason: string): StartError {
  return refuse(dataDir, `the database in ${locateDatabase(dataDir)} is damaged (${reason})`);
}

function refuse(dataDir: string, wrong: string, remedy = 'restore it from a backup'): StartError {
  return new StartError(
    `DATA_DIR is "${dataDir}", but ${wrong}: ${remedy}, or move it away for a new, empty database.`,
  );
}

/** The names in a directory; none in one that is not there. */
async function list(dataDir: string, directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw refuse(dataDir, `${directory} cannot be read (${message})`, 'make it a directory that can be read');
  }
}

async function isEmpty(file: string): Promise<boolean> {
  return await stat(file).then(
    ({ size }) => size === 0,
    () => true,
  );
}
