import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { createEmbeddedDb, startParams } from '../../src/database/embedded.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { runAsAdmin } from './global-setup.ts';
import { type PostgresServer, type PostgresServerOptions, startPostgresServer } from './postgres-server.ts';

export const databaseKinds = ['the embedded database', 'a Postgres server'] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

export interface TestDatabase {
  readonly db: Db;
  /** What queries read, where it is not `db`. */
  readonly reads?: Db | undefined;
  /** What DATABASE_URL would hold; undefined for the embedded one. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** A migrated, empty database of its own, for who alters more than rows. */
export async function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  return kind === 'the embedded database' ? await openEmbedded() : await openServerDatabase();
}

/** The files that a worker runs share its modules, and so these: to open one takes longer than most tests. */
const shared = new Map<DatabaseKind, Promise<TestDatabase>>();

/** The worker's database, emptied; whoever has it next does not wait until it is closed. */
export async function openSharedDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const opening = shared.get(kind) ?? openTestDatabase(kind);
  shared.set(kind, opening);
  const database = await opening;
  await sql`truncate badge_group, badge_group_version, api_client`.execute(database.db);
  return { ...database, close: async () => {} };
}

async function openEmbedded(): Promise<TestDatabase> {
  const loadDataDir = new Blob([await readFile(inject('embeddedDump'))]);
  const pglite = await PGlite.create({ loadDataDir, startParams });
  const db = createEmbeddedDb(pglite);
  return { db, url: undefined, close: () => db.destroy() };
}

async function openServerDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createPostgresDatabase();
  const { db } = openPostgres(url, { poolSize: 10, logger: pino({ level: 'silent' }) });
  return {
    db,
    url,
    async close() {
      await db.destroy();
      await drop();
    },
  };
}

/** A database on the tests' Postgres server: a copy of the migrated one, or an empty one. */
export async function createPostgresDatabase({ migrated = true } = {}) {
  const adminUrl = inject('adminUrl');
  const name = `${inject('databasePrefix')}${randomUUID().replaceAll('-', '')}`;
  await runAsAdmin(
    adminUrl,
    `create database "${name}" template "${migrated ? inject('template') : 'template0'}"`,
  );
  const url = new URL(adminUrl);
  url.pathname = name;
  const drop = () => runAsAdmin(adminUrl, `drop database "${name}" with (force)`);
  return { url: url.href, drop, [Symbol.asyncDispose]: drop };
}

/** Whose statements may take their time, for what no request does; migrations take a connection or two more. */
export function connectPatiently(url: string, { poolSize = 1 } = {}): Db {
  return openPostgres(url, { poolSize, logger: pino({ level: 'silent' }), limits: {} }).db;
}

/** A Postgres server of its own, whose database is migrated. */
export async function startMigratedServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const server = await startPostgresServer(options);
  const db = connectPatiently(server.url(), { poolSize: 2 });
  try {
    await migrateToLatest(db);
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    await db.destroy();
  }
  return server;
}
