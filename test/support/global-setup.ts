import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { createEmbeddedDb } from '../../src/database/embedded.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { makeDirectory } from './directory.ts';
import { startPostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Postgres server on which the tests make databases of their own. */
    adminUrl: string;
    /** What that server logs; null when it is not the tests' own. */
    postgresLogFile: string | null;
    /** What the names of this run's databases begin with, so that no other run meets them. */
    databasePrefix: string;
    /** The name of a migrated, empty database to copy. */
    template: string;
    /** The dump of a migrated, empty embedded database. */
    embeddedDump: string;
  }
}

/** Migrates one database of each kind, once; the test files copy them. What it has opened when it fails, it closes. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  await using opened = new AsyncDisposableStack();
  const directory = opened.use(await makeDirectory());
  const embeddedDump = join(directory.path, 'embedded.tar');
  const databasePrefix = `badge_groups_test_${randomUUID().slice(0, 8)}_`;
  const template = `${databasePrefix}template`;

  // An empty variable counts as an absent one.
  const given = process.env['TEST_DATABASE_URL'] || undefined;
  if (given !== undefined) await expectServer(given);
  const dumping = dumpEmbedded(embeddedDump);
  // Awaited below: a server that fails first is what is to be told.
  dumping.catch(() => {});
  const { adminUrl, logFile } = await openServer(given, opened, databasePrefix);
  await migrateTemplate(adminUrl, template);
  await dumping;
  provide('adminUrl', adminUrl);
  provide('postgresLogFile', logFile);
  provide('databasePrefix', databasePrefix);
  provide('template', template);
  provide('embeddedDump', embeddedDump);

  const toClose = opened.move();
  return () => toClose.disposeAsync();
}

async function expectServer(given: string): Promise<void> {
  await runAsAdmin(given, 'select').catch(({ message }) => {
    throw new Error(`TEST_DATABASE_URL points at a server that cannot be used: ${message}`);
  });
}

/** The server that is given, on which nothing is left behind, or one of the tests' own. */
async function openServer(given: string | undefined, opened: AsyncDisposableStack, databasePrefix: string) {
  if (given !== undefined) {
    opened.defer(() => dropDatabases(given, databasePrefix));
    return { adminUrl: given, logFile: null };
  }
  const server = await startPostgresServer();
  opened.defer(() => server.stop());
  return { adminUrl: server.url(), logFile: server.logFile };
}

export async function runAsAdmin(adminUrl: string, sql: string): Promise<void> {
  const admin = await connectAsAdmin(adminUrl);
  await admin.query(sql).finally(() => admin.end());
}

async function dropDatabases(adminUrl: string, prefix: string): Promise<void> {
  const admin = await connectAsAdmin(adminUrl);
  const named = 'select datname from pg_database where starts_with(datname, $1)';
  const { rows } = await admin.query<{ datname: string }>(named, [prefix]);
  for (const { datname } of rows) await admin.query(`drop database "${datname}" with (force)`);
  await admin.end();
}

async function connectAsAdmin(adminUrl: string): Promise<Client> {
  const admin = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  await admin.connect();
  return admin;
}

async function migrateTemplate(adminUrl: string, template: string): Promise<void> {
  await runAsAdmin(adminUrl, `create database "${template}"`);
  const url = new URL(adminUrl);
  url.pathname = template;
  const { db } = openPostgres(url.href, { poolSize: 2, logger: pino({ level: 'silent' }), limits: {} });
  await migrateToLatest(db).finally(() => db.destroy());
}

async function dumpEmbedded(file: string): Promise<void> {
  const pglite = await PGlite.create();
  const db = createEmbeddedDb(pglite);
  await migrateToLatest(db);
  // Nobody connects to these, and they are most of what the tests would copy again and again.
  await pglite.exec('update pg_database set datistemplate = false');
  for (const unused of ['template0', 'template1']) await pglite.exec(`drop database ${unused}`);
  const dump = await pglite.dumpDataDir('none');
  await db.destroy();
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
}
