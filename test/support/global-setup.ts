import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { Client } from 'pg';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import type { Database } from '../../src/database/database.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import { connectPostgres } from '../../src/database/postgres.ts';
import { startPostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Postgres server on which the tests make databases of their own. */
    adminUrl: string;
    /** What that server logs; null when it is not the tests' own. */
    postgresLogFile: string | null;
    /** The name of a migrated, empty database to copy. */
    template: string;
    /** The dump of a migrated, empty embedded database. */
    embeddedDump: string;
  }
}

/** Migrates one database of each kind, once; the test files copy them. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = process.env['TEST_DATABASE_URL'] ? undefined : await startPostgresServer();
  const adminUrl = process.env['TEST_DATABASE_URL'] ?? (server as { url(): string }).url();
  const template = `badge_groups_template_${process.pid}`;
  const directory = mkdtempSync(join(tmpdir(), 'badge-groups-test-'));
  const embeddedDump = join(directory, 'embedded.tar');

  await migrateTemplate(adminUrl, template);
  await dumpEmbedded(embeddedDump);
  provide('adminUrl', adminUrl);
  provide('postgresLogFile', server?.logFile ?? null);
  provide('template', template);
  provide('embeddedDump', embeddedDump);

  return async () => {
    await runAsAdmin(adminUrl, `drop database "${template}"`);
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

export async function runAsAdmin(adminUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function migrateTemplate(adminUrl: string, template: string): Promise<void> {
  await runAsAdmin(adminUrl, `create database "${template}"`);
  const url = new URL(adminUrl);
  url.pathname = template;
  const db = connectPostgres(url.href, { poolSize: 1, logger: pino({ level: 'silent' }), patient: true });
  await migrateToLatest(db).finally(() => db.destroy());
}

async function dumpEmbedded(file: string): Promise<void> {
  const pglite = await PGlite.create();
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) });
  await migrateToLatest(db);
  const dump = await pglite.dumpDataDir('none');
  await db.destroy();
  writeFileSync(file, Buffer.from(await dump.arrayBuffer()));
}
