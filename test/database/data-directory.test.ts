import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { openEmbedded } from '../../src/database/embedded.ts';
import { startService } from '../../src/service.ts';
import { makeDirectory } from '../support/directory.ts';
import { root, spawnService, TestProcess } from '../support/process.ts';

const logger = pino({ level: 'silent' });
let whole: Awaited<ReturnType<typeof makeDirectory>>;

beforeAll(async () => {
  whole = await makeDirectory();
  const loadDataDir = new Blob([await readFile(inject('embeddedDump'))]);
  await (await PGlite.create(join(whole.path, 'postgres'), { loadDataDir })).close();
});

afterAll(() => whole?.remove());

/** A DATA_DIR of the test's own, with a database in it. */
async function copyWhole() {
  const directory = await makeDirectory();
  await cp(whole.path, directory.path, { recursive: true });
  return directory;
}

type Damage = [string, (postgres: string) => Promise<unknown>, string];

describe('a data directory that this release cannot open is refused in one line, and not changed:', () => {
  const restore = 'restore it from a backup, or move it away for a new, empty database.';
  test.each<Damage>([
    [
      'one without its PG_VERSION',
      (postgres) => rm(join(postgres, 'PG_VERSION')),
      `POSTGRES is not empty and has no PG_VERSION: it is damaged, or no database: ${restore}`,
    ],
    [
      'one with the files of somebody else',
      async (postgres) => {
        await rm(postgres, { recursive: true });
        await mkdir(postgres);
        await writeFile(join(postgres, 'letter.txt'), 'Dear');
      },
      `POSTGRES is not empty and has no PG_VERSION: it is damaged, or no database: ${restore}`,
    ],
    [
      'a file in its place',
      async (postgres) => {
        await rm(postgres, { recursive: true });
        await writeFile(postgres, '');
      },
      "POSTGRES cannot be read (ENOTDIR: not a directory, scandir 'POSTGRES'): make it a directory that can be read, or move it away for a new, empty database.",
    ],
    [
      'one of another Postgres',
      (postgres) => writeFile(join(postgres, 'PG_VERSION'), '16\n'),
      'the PG_VERSION of POSTGRES is "16", and this release opens 18 only: start the release that made it, or move it away for a new, empty database.',
    ],
    [
      'one with an empty PG_VERSION',
      (postgres) => writeFile(join(postgres, 'PG_VERSION'), ''),
      'the PG_VERSION of POSTGRES is "", and this release opens 18 only: start the release that made it, or move it away for a new, empty database.',
    ],
    ...[
      ['global/pg_control', 'global/pg_control'],
      ['global', 'global/pg_control'],
      ['base', 'base/5/PG_VERSION'],
      ['pg_wal', 'pg_wal'],
      ['pg_xact', 'pg_xact'],
    ].map(
      ([lost, named]) =>
        [
          `one without ${lost}`,
          (postgres: string) => rm(join(postgres, lost as string), { recursive: true }),
          `the database in POSTGRES is damaged (${named} is missing or empty): ${restore}`,
        ] as Damage,
    ),
    [
      'one whose control file is cut short',
      (postgres) => writeFile(join(postgres, 'global/pg_control'), ''),
      `the database in POSTGRES is damaged (global/pg_control is missing or empty): ${restore}`,
    ],
    [
      'one whose control file holds something else',
      (postgres) => overwrite(join(postgres, 'global/pg_control')),
      `the database in POSTGRES is damaged (PGlite failed to initialize properly): ${restore}`,
    ],
    ...['', ', after a process that was killed'].map(
      (title) =>
        [
          `one whose write-ahead log holds something else${title}`,
          async (postgres: string) => {
            for (const segment of globSync(join(postgres, 'pg_wal/0*'))) await overwrite(segment);
            if (title !== '') await writeFile(join(postgres, 'postmaster.pid'), '42\n');
          },
          `the database in POSTGRES is damaged (Aborted(). Build with -sASSERTIONS for more info.): ${restore}`,
        ] as Damage,
    ),
  ])('%s', async (_title, damage, message) => {
    await using directory = await copyWhole();
    const postgres = join(directory.path, 'postgres');
    await damage(postgres);
    const before = digest(postgres);
    const refused = {
      message: `DATA_DIR is "${directory.path}", but ${message.replaceAll('POSTGRES', postgres)}`,
    };
    await expect(openEmbedded(directory.path, logger)).rejects.toMatchObject({
      name: 'StartError',
      ...refused,
    });
    expect(digest(postgres)).toEqual(before);
  });

  test('one that a newer release has migrated', async () => {
    await using directory = await copyWhole();
    const { db, close } = await openEmbedded(directory.path, logger);
    await sql`insert into kysely_migration (name, timestamp) values ('29990101000000-tomorrow', '2999-01-01')`.execute(
      db,
    );
    await close();
    await expect(openEmbedded(directory.path, logger)).rejects.toMatchObject({
      name: 'StartError',
      message:
        `DATA_DIR is "${directory.path}", with a database that a newer release has migrated ` +
        '(this one does not know 29990101000000-tomorrow): use that release.',
    });
  });
});

test.each(['kysely_migration', 'api_client'])(
  'a database whose table %s is damaged is one line as well',
  async (table) => {
    await using directory = await copyWhole();
    const { db, close } = await openEmbedded(directory.path, logger);
    await sql`insert into api_client (name, org_id, user_id, can_write, secret_hash)
    values ('till', 1, 1, true, repeat('0', 64))`.execute(db);
    const { rows } = await sql<{
      file: string;
    }>`select pg_relation_filepath(${table}::regclass) as file`.execute(db);
    await close();
    await overwrite(join(directory.path, 'postgres', rows[0]?.file ?? ''));
    const config = readConfig({ DATA_DIR: directory.path, PORT: '0' });
    await expect(startService(config, logger)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(
        /^DATA_DIR is ".+", with a database that is damaged \(invalid page .+\): restore it from a backup\.$/,
      ),
    });
  },
);

test('a start on a damaged database is one line on stderr, and exit code 1', async () => {
  await using directory = await copyWhole();
  await overwrite(join(directory.path, 'postgres/global/pg_control'));
  await using service = spawnService({ DATA_DIR: directory.path });
  const { exit, stdout, stderr } = await service.ended;
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toMatch(/^DATA_DIR is ".+", but the database in .+ is damaged \(.+\): .+\.\n$/);
});

test('a database that was left by a killed process is opened with what it has', async () => {
  await using directory = await copyWhole();
  const first = await openEmbedded(directory.path, logger);
  await sql`create table kept ()`.execute(first.db);
  await first.close();
  await writeFile(join(directory.path, 'postgres/postmaster.pid'), '42\n');
  const second = await openEmbedded(directory.path, logger);
  expect((await sql`select to_regclass('kept') as id`.execute(second.db)).rows).not.toEqual([{ id: null }]);
  await second.close();
});

const canMount = tryToMount();

test.skipIf(!canMount)(
  'a disk that is full while the database is created is named in one line, and nothing is left on it',
  async () => {
    await using directory = await makeDirectory();
    const script =
      'mount -t tmpfs -o size=10m tmpfs "$DATA_DIR" && node "$@"; code=$?; ls "$DATA_DIR"; exit $code';
    const args = ['-rm', 'sh', '-c', script, 'sh', '--liftoff-only', join(root, 'src/main.ts')];
    await using service = new TestProcess('unshare', args, {
      env: { DATA_DIR: directory.path, PORT: '0', LOG_LEVEL: 'silent', PATH: process.env['PATH'] },
    });
    expect(await service.ended).toEqual({
      exit: 1,
      stdout: 'lock\n',
      stderr: expect.stringMatching(
        /^DATA_DIR is ".+", where no database can be created \(ErrnoError 51\): it takes 50 MB, and 0 MB were left; make room, or choose another directory\.\n$/,
      ),
    });
  },
);

test.skipIf(!canMount).each(['a database', 'nothing'])(
  'a directory that cannot be written is named in one line, and not taken for a damaged one, with %s in it',
  async (what) => {
    await using directory = what === 'nothing' ? await makeDirectory({ lock: '' }) : await copyWhole();
    const script =
      'mount --bind "$DATA_DIR" "$DATA_DIR" && mount -o remount,bind,ro "$DATA_DIR" && exec node "$@"';
    const args = ['-rm', 'sh', '-c', script, 'sh', '--liftoff-only', join(root, 'src/main.ts')];
    await using service = new TestProcess('unshare', args, {
      env: { DATA_DIR: directory.path, PORT: '0', LOG_LEVEL: 'silent', PATH: process.env['PATH'] },
    });
    expect(await service.ended).toEqual({
      exit: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^DATA_DIR is ".+", which cannot be used: EROFS: read-only file system, access '.+'\. Name a directory that the service may make and write\.\n$/,
      ),
    });
  },
);

test.skipIf(!canMount).each([
  [
    'the database',
    'postgres',
    /^DATA_DIR is ".+", but \S+\/postgres cannot be written \(EROFS: .+\): make it a directory that can be written, or move it away for a new, empty database\.\n$/,
  ],
  [
    'what a start has left unfinished',
    'postgres.unfinished',
    /^DATA_DIR is ".+", where no database can be created \(E\w+: .+\/postgres\.unfinished.*'\): .+\.\n$/,
  ],
])('a directory in which %s cannot be written is named in one line, too', async (_title, part, message) => {
  await using directory = part === 'postgres' ? await copyWhole() : await makeDirectory();
  const path = join(directory.path, part);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'postmaster.pid'), '42\n');
  const script = 'mount --bind "$PART" "$PART" && mount -o remount,bind,ro "$PART" && exec node "$@"';
  const args = ['-rm', 'sh', '-c', script, 'sh', '--liftoff-only', join(root, 'src/main.ts')];
  await using service = new TestProcess('unshare', args, {
    env: {
      DATA_DIR: directory.path,
      PART: path,
      PORT: '0',
      LOG_LEVEL: 'silent',
      PATH: process.env['PATH'],
    },
  });
  expect(await service.ended).toEqual({ exit: 1, stdout: '', stderr: expect.stringMatching(message) });
});

/** Whether this machine lets us have file systems of our own. */
function tryToMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function overwrite(file: string): Promise<void> {
  const { size } = statSync(file);
  await using handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(Math.min(size, 100_000), 'x'), 0);
}

/** Every file below a path, and what is in it; of a large one, when it was last written. */
function digest(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return globSync('**', { cwd: path })
    .toSorted()
    .map((name) => {
      const file = join(path, name);
      const stats = statSync(file, { bigint: true });
      if (!stats.isFile()) return name;
      if (stats.size > 100_000) return `${name} ${stats.size} ${stats.mtimeNs}`;
      return `${name} ${createHash('sha1').update(readFileSync(file)).digest('hex')}`;
    });
}
