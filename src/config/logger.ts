import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import { createLogDestination } from './log-destination.ts';

export type { Logger };

export function createLogger(
  { logLevel }: Pick<Config, 'logLevel'>,
  destination = createLogDestination(),
): Logger {
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
