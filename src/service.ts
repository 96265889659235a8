import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setDemoClients } from './auth/demo-clients.ts';
import { type Config, isDemo } from './config.ts';
import { type OpenDatabase, openDatabase } from './database/open.ts';
import type { Logger } from './logger.ts';
import { createServer } from './server/server.ts';
import { StartError } from './start-error.ts';

export interface Service {
  /** Where GraphQL is. */
  readonly url: string;
  /** Refuses new connections, answers what is in flight (10 s at most), then closes the database. */
  stop(): Promise<void>;
}

const stopPatienceMs = 10_000;

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
  const server = createHttpServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 65_000,
      // Of two Authorization headers Node would take the first, where a proxy may have checked the second.
      joinDuplicateHeaders: true,
    },
    createServer({ config, db: database.db, logger, isStopping: () => stopping }),
  );
  await listen(server, config);
  return {
    url: formatUrl(server.address() as AddressInfo),
    async stop() {
      stopping = true;
      await closeServer(server);
      await database.close();
    },
  };
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'EADDRINUSE'
        ? `PORT is ${port}, which another process is using on ${host}: choose another one, or 0 for a free one.`
        : `HOST is "${host}" and PORT is ${port}, where this process cannot listen (${code}): choose others.`,
    );
  }
}

/** Keep-alive connections are closed as soon as they have nothing in flight. */
async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => server.closeAllConnections(), stopPatienceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}

function formatUrl({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/graphql`;
}
