import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setDemoClients } from './auth/demo-clients.ts';
import { type Config, isDemo } from './config/config.ts';
import type { Logger } from './config/logger.ts';
import { StartError } from './config/start-error.ts';
import { openDatabase, openReplica } from './database/open.ts';
import { describeProblem } from './database/problems.ts';
import type { Watch } from './database/watch.ts';
import type { Stage } from './http/health.ts';
import { checkManifest } from './http/operation/trusted-documents.ts';
import { createServer } from './http/server.ts';
import { listen } from './http/socket.ts';
import { Turns } from './http/turns/turns.ts';

export interface Service {
  /** Where GraphQL is. */
  readonly url: string;
  /**
   * Is not ready at once, and goes on for the configured delay. Then it refuses new connections, answers what is in
   * flight (10 s at most; each answer is the last on its connection) and closes the database.
   */
  stop(): Promise<void>;
}

/** Opens the database and listens. Throws StartError with the remedy, and leaves nothing open then. */
export async function startService(config: Config, logger: Logger): Promise<Service> {
  if (config.trustedDocuments) checkManifest(config.trustedDocuments);
  await using opened = new AsyncDisposableStack();
  // Imported on demand, as metrics are: who has them off does not load them.
  const tracing = config.tracing
    ? (await import('./http/observe/tracing.ts')).startTracing(logger)
    : undefined;
  opened.defer(() => tracing?.stop());
  const watch: Watch | undefined = config.metricsPort === undefined ? undefined : new EventEmitter();
  const database = await openDatabase(config, logger, { watch });
  opened.defer(() => database.close());
  if (config.databaseUrl === undefined) {
    await setDemoClients(database.db, isDemo(config)).catch((error) => {
      throw new StartError(`DATA_DIR is "${config.dataDir}", with a database ${describeProblem(error)}`);
    });
  }
  const replica = await openReplica(config, database.db, logger, { watch });
  opened.defer(() => replica?.close());
  const turns = new Turns(config.databaseUrl === undefined ? 1 : config.databasePoolSize);
  const metrics =
    watch &&
    (await import('./http/observe/metrics.ts')).createMetrics({
      watch,
      isReady: () => http.isReady(),
      countTurns: () => turns.count(),
      countConnections: database.countConnections,
      countReads: replica && (() => replica.countReads()),
    });

  let stage: Stage = 'serving';
  const http = createServer({
    config,
    db: database.db,
    reads: replica?.db,
    turns,
    logger,
    findStage: () => stage,
    observe: metrics?.observe,
    trace: tracing?.trace,
    findTraceId: tracing?.findTraceId,
  });
  // Everybody knows the secrets of the demo clients: pages of other sites must not get at what answers to them.
  const host = { host: config.host, onlyLoopbackNames: isDemo(config) };
  if (metrics) {
    const endpoint = { ...host, port: config.metricsPort ?? 0, variable: 'METRICS_PORT' };
    const { address, close } = await listen(metrics.listener, endpoint);
    opened.defer(() => close());
    logger.info(`Metrics are on ${formatOrigin(address)}/metrics`);
  }
  const { address, close } = await listen(http.listener, { ...host, port: config.port, variable: 'PORT' });
  // Who is told that his connection ends connects anew at once: that is to be refused, and not to be cut off.
  opened.defer(() =>
    close(undefined, () => {
      stage = 'closing';
    }),
  );

  const toClose = opened.move();
  return {
    url: `${formatOrigin(address)}/graphql`,
    async stop() {
      stage = 'leaving';
      if (config.shutdownDelay > 0) await sleep(config.shutdownDelay * 1_000);
      await toClose.disposeAsync();
    },
  };
}

function formatOrigin({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
