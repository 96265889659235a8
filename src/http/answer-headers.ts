import type { CORSOptions, Plugin } from 'graphql-yoga';
import type { Stage } from './health.ts';

export interface AnswerHeaderOptions {
  /** Whose pages may ask. */
  readonly corsOrigins: readonly string[];
  readonly findStage: () => Stage;
}

/** Answers belong to one caller. `max-age` is for caches of gateways that read nothing else. */
export const noStore = 'private, no-store, max-age=0';

/** Seconds that a browser may remember the answer to a preflight: an origin that is taken out is refused after that. */
const preflightAge = 600;

const exposedHeaders = ['x-request-id', 'retry-after'];

/** What each answer of Yoga says to caches, and of its connection. */
export function useAnswerHeaders({ corsOrigins, findStage }: AnswerHeaderOptions): Plugin {
  return {
    onResponse({ response: { headers } }) {
      // Unless the answer says otherwise by itself.
      if (!headers.has('cache-control')) headers.set('cache-control', noStore);
      // To those without an origin, too: caches keep them just the same.
      if (corsOrigins.length > 0) headers.append('vary', 'Origin');
      if (findStage() === 'closing') headers.set('connection', 'close');
    },
  };
}

/** Yoga by itself grants the origin `null`, which any sandboxed page has, to whoever is not in a list of several. */
export function grantOrigin(origins: readonly string[], request: Request): CORSOptions {
  const origin = request.headers.get('origin');
  if (origin === null || !origins.includes(origin)) return false;
  return {
    origin,
    credentials: true,
    exposedHeaders,
    ...(request.method === 'OPTIONS' && { maxAge: preflightAge }),
  };
}

/** The same for answers without Yoga, but for `noStore`: what is given takes the origin that a request names. */
export function prepareAnswerHeaders({
  corsOrigins,
  findStage,
}: AnswerHeaderOptions): (origin: string | undefined) => object {
  const toAll = corsOrigins.length > 0 ? { vary: 'Origin' } : {};
  const byOrigin = new Map(
    corsOrigins.map((origin) => [
      origin,
      {
        ...toAll,
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': exposedHeaders.join(', '),
      },
    ]),
  );
  return (origin = '') => {
    const headers = byOrigin.get(origin) ?? toAll;
    return findStage() === 'closing' ? { ...headers, connection: 'close' } : headers;
  };
}
