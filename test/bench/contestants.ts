import { join, resolve } from 'node:path';
import { root } from '../support/process.ts';
import { basic } from '../support/service.ts';
import type { BenchDatabase, BenchServer } from './database.ts';
import { addComputedColumns, createPostgraphileExchanges } from './postgraphile.ts';
import type { ServerCommand } from './server-process.ts';
import { addClient, migrate, startCommand } from './service.ts';
import { createPlainTable, fill, ourTable, plainTable, readGroups } from './tables.ts';
import { createExchanges, type Exchanges } from './workloads.ts';

export interface Contestant {
  readonly name: string;
  readonly command: ServerCommand;
  readonly authorization: string;
  readonly exchanges: Exchanges;
  readonly database: BenchDatabase;
  readonly table: string;
}

/** Everybody who takes part, over filled tables. */
export async function createContestants(
  server: BenchServer,
  against: string | undefined,
): Promise<Contestant[]> {
  const database = await server.create('main');
  const authorization = await createOurTable(database, root);
  await createPlainTable(database);
  await addComputedColumns(database);
  await fill(database, plainTable);
  const groups = await readGroups(database, plainTable);
  const exchanges = createExchanges(groups);

  const nobody = basic('bench', 'any');
  const peer = (name: string, file: string, table = plainTable): Contestant => ({
    name,
    command: startPeer(file, database.url, table),
    authorization: nobody,
    exchanges,
    database,
    table,
  });
  const service = { authorization, exchanges, database, table: ourTable };
  return [
    peer('bare', 'bare'),
    peer('bare over our table', 'bare', ourTable),
    peer('mercurius', 'mercurius'),
    peer('mercurius over our repository', 'mercurius-repository', ourTable),
    peer('apollo', 'apollo'),
    { ...peer('postgraphile', 'postgraphile'), exchanges: createPostgraphileExchanges(groups) },
    peer('yoga', 'yoga'),
    { ...service, name: 'service', command: startCommand(root, database.url) },
    ...(against === undefined ? [] : [await createBefore(server, resolve(against), exchanges)]),
  ];
}

/** The service of another checkout, over a database that its own commands have made. */
async function createBefore(
  server: BenchServer,
  checkout: string,
  exchanges: Exchanges,
): Promise<Contestant> {
  const database = await server.create('before');
  const authorization = await createOurTable(database, checkout);
  const command = startCommand(checkout, database.url);
  return { name: 'before', command, authorization, exchanges, database, table: ourTable };
}

/** Gives the credentials of a client. */
async function createOurTable(database: BenchDatabase, checkout: string): Promise<string> {
  await migrate(checkout, database.url);
  await fill(database, ourTable);
  return await addClient(checkout, database.url);
}

function startPeer(file: string, databaseUrl: string, table: string): ServerCommand {
  return {
    command: [process.execPath, `${file}.js`],
    cwd: join(import.meta.dirname, 'contestants'),
    env: { NODE_ENV: 'production', DATABASE_URL: databaseUrl, TABLE: table },
  };
}
