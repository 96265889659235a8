import type { Plugin } from 'graphql-yoga';
import type { Logger } from '../logger.ts';

/** Logs, once, every error of which the client was told nothing but its code. */
export function useErrorLog(logger: Logger): Plugin {
  return {
    onResultProcess({ result }) {
      if (!('errors' in result)) return;
      for (const { message, path, extensions, originalError } of result.errors ?? []) {
        if (extensions['code'] === 'INTERNAL_SERVER_ERROR')
          logger.error({ err: originalError, path }, message);
        if (extensions['code'] === 'SERVICE_UNAVAILABLE') {
          logger.warn({ reason: originalError?.message, path }, message);
        }
      }
    },
  };
}
