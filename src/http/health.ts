import { setTimeout as sleep } from 'node:timers/promises';
import type { Plugin } from 'graphql-yoga';
import type { Db } from '../database/database.ts';
import { createProblemFinder } from '../database/readiness.ts';

/**
 * How far a service has come to its end: it serves; it is leaving, and does all that it did but says that it is not
 * ready; or it is closing, and every answer is the last on its connection, so that no client sends another request there.
 */
export type Stage = 'serving' | 'leaving' | 'closing';

const patienceMs = 3_000;

/**
 * Whether the service can serve: its database answers, has every migration and lets it read and write, and it is not
 * about to end.
 */
export function createReadiness(db: Db, findStage: () => Stage): () => Promise<boolean> {
  const findSharedProblem = shareWhileRunning(createProblemFinder(db));
  const isStaying = () => findStage() === 'serving';
  return async () => isStaying() && (await isServing(findSharedProblem)) && isStaying();
}

/** `/health`: the process lives. `/ready`: it can serve. */
export function useHealth(isReady: () => Promise<boolean>): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return;
      const answer = (status: number, text: string) => {
        const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
        endResponse(
          new fetchAPI.Response(request.method === 'HEAD' ? null : `${text}\n`, { status, headers }),
        );
      };
      if (url.pathname === '/health') answer(200, 'alive');
      if (url.pathname === '/ready') {
        const ready = await isReady();
        answer(ready ? 200 : 503, ready ? 'ready' : 'not ready');
      }
    },
  };
}

async function isServing(findProblem: () => Promise<string | undefined>): Promise<boolean> {
  const timeout = sleep(patienceMs, 'that takes too long to answer', { ref: false });
  return (await Promise.race([findProblem(), timeout])) === undefined;
}

function shareWhileRunning<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}
