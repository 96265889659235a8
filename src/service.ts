import type { AddressInfo } from 'node:net';
import { setDemoClients } from './auth/demo-clients.ts';
import { type Config, isDemo } from './config.ts';
import { type OpenDatabase, openDatabase } from './database/open.ts';
import { closeServer, listen } from './http-server.ts';
import type { Logger } from './logger.ts';
import { createServer } from './server/server.ts';

export interface Service {
  /** Where GraphQL is. */
  readonly url: string;
  /**
   * Refuses new connections, answers what is in flight (10 s at most; each answer is the last on its connection),
   * then closes the database.
   */
  stop(): Promise<void>;
}

/** Opens the database and listens. Throws StartError with the remedy, and leaves nothing open then. */
export async function startService(config: Config, logger: Logger): Promise<Service> {
  const database = await openDatabase(config, logger);
  try {
    if (config.databaseUrl === undefined) await setDemoClients(database.db, isDemo(config));
    return await serve(config, database, logger);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function serve(config: Config, database: OpenDatabase, logger: Logger): Promise<Service> {
  let stopping = false;
  const handler = createServer({ config, db: database.db, logger, isStopping: () => stopping });
  const server = await listen(handler, config);
  return {
    url: formatUrl(server.address() as AddressInfo),
    async stop() {
      stopping = true;
      await closeServer(server);
      await database.close();
    },
  };
}

function formatUrl({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/graphql`;
}
