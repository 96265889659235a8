import './config/node-version.js';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogDestination } from './config/log-destination.ts';
import { endAtOnce, endProcess } from './config/process-end.ts';
import { stopSignal } from './config/stop-signal.js';

/** Seconds, without the delay before the socket closes. */
const stopPatience = 25;

const log = createLogDestination();
void stopSignal.then(endOnSecondSignal);
process.on('uncaughtException', (error) => {
  console.error(error);
  void endProcess(1, log);
});
await endProcess(await main(), log);

/** Gives the exit code. */
async function main(): Promise<number> {
  const started = await Promise.race([start(), stopSignal]);
  // Nothing has been served, and the embedded database takes no harm from an end at any moment.
  if (typeof started === 'string') return 128 + constants.signals[started];
  if (started === undefined) return 1;
  const { service, logger, shutdownDelay } = started;

  const signal = await stopSignal;
  const first = shutdownDelay > 0 ? `not ready any more, listening on for ${shutdownDelay} s, then ` : '';
  logger.info(`${signal}: ${first}answering what is in flight, then stopping; a second signal stops at once`);
  const patience = shutdownDelay + stopPatience;
  const isStopped = await Promise.race([service.stop().then(() => true), sleep(patience * 1_000, false)]);
  if (isStopped) logger.info('Stopped');
  else logger.error(`Not stopped within ${patience} s: ending all the same`);
  return isStopped ? 0 : 1;
}

/** Undefined when it could not start, which it has said then. Whatever takes time to load is loaded here. */
async function start() {
  const { failWithOneLine } = await import('./config/start-error.ts');
  try {
    const { loadConfig } = await import('./config/config.ts');
    const config = loadConfig();
    const { createLogger } = await import('./config/logger.ts');
    const { startService } = await import('./service.ts');
    const logger = createLogger(config, log);
    const service = await startService(config, logger);
    // Whatever the level: with PORT=0 nothing else tells where the service is.
    logger
      .child({}, { level: 'info' })
      .info(`${config.graphiql ? 'GraphQL and GraphiQL' : 'GraphQL'} on ${service.url}`);
    return { service, logger, shutdownDelay: config.shutdownDelay };
  } catch (error) {
    failWithOneLine(error);
    return undefined;
  }
}

/** Ctrl-C reaches a process that npm started twice, from the terminal and from npm: that is one signal still. */
function endOnSecondSignal(): void {
  const armedFrom = performance.now() + 500;
  const end = (signal: NodeJS.Signals): void => {
    if (performance.now() >= armedFrom) endAtOnce(128 + constants.signals[signal]);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
