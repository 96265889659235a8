import { Client } from 'pg';
import { startPostgresServer } from '../support/postgres-server.ts';
import { findPostmaster } from './process-figures.ts';

/** A Postgres server with databases that live as long as the bench. */
export interface BenchServer {
  readonly version: string;
  readonly isOwn: boolean;
  /** Undefined where its processes cannot be seen. */
  readonly postmaster: number | undefined;
  create(name: string): Promise<BenchDatabase>;
  stop(): Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The server at `url` (a superuser's), or an own one with the durability that Postgres has by default. */
export async function openBenchServer(url: string | undefined): Promise<BenchServer> {
  const own = url === undefined ? await startPostgresServer({ synced: true }) : undefined;
  const adminUrl = url ?? (own?.url() as string);
  const admin = await connect(adminUrl);
  const databases: { name: string; close: () => Promise<void> }[] = [];
  const [about] = (
    await admin.query("select current_setting('server_version') as version, pg_backend_pid() as pid")
  ).rows;
  return {
    version: about.version,
    isOwn: own !== undefined,
    postmaster: findPostmaster(about.pid),
    async create(suffix) {
      const name = `badge_groups_bench_${process.pid}_${suffix}`;
      await admin.query(`create database "${name}" template template0`);
      const target = new URL(adminUrl);
      target.pathname = name;
      const client = await connect(target.href);
      databases.push({ name, close: () => client.end() });
      return {
        url: target.href,
        query: async <Row>(sql: string, values: readonly unknown[] = []) =>
          (await client.query(sql, [...values])).rows as Row[],
      };
    },
    async stop() {
      for (const { name, close } of databases) {
        await close();
        await admin.query(`drop database "${name}" with (force)`);
      }
      await admin.end();
      await own?.stop();
    },
  };
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}
