import './config/node-version.js';
import { constants } from 'node:os';
import { loadConfig } from './config/config.ts';
import { createLogger } from './config/logger.ts';
import { failWithOneLine } from './config/start-error.ts';
import { startService } from './service.ts';

await main().catch(failWithOneLine);

async function main(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config);
  const service = await startService(config, logger);
  const stopSignal = nextSignal();
  // Whatever the level: with PORT=0 nothing else tells where the service is.
  logger
    .child({}, { level: 'info' })
    .info(`${config.graphiql ? 'GraphQL and GraphiQL' : 'GraphQL'} on ${service.url}`);

  const signal = await stopSignal;
  logger.info(`${signal}: answering what is in flight, then stopping; a second signal stops at once`);
  exitOnSecondSignal();
  await service.stop();
  logger.info('Stopped');
  // Connections to a database that hangs would keep the process; else it ends by itself, when its log is written.
  setTimeout(() => process.exit(), 1_000).unref();
}

/** The listeners stay: without one, even for a moment, the next signal would end the process at once. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
}

/** Ctrl-C reaches a process that npm started twice, from the terminal and from npm: that is one signal still. */
function exitOnSecondSignal(): void {
  const armedFrom = performance.now() + 500;
  const exit = (signal: NodeJS.Signals): void => {
    if (performance.now() >= armedFrom) process.exit(128 + constants.signals[signal]);
  };
  process.on('SIGINT', exit);
  process.on('SIGTERM', exit);
}
