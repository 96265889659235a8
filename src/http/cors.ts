import type { CORSOptions, Plugin } from 'graphql-yoga';

/** Seconds that a browser may remember the answer to a preflight: an origin that is taken out is refused after that. */
const preflightAge = 600;

const exposedHeaders = ['x-request-id', 'retry-after'];

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

/** Tells caches that answers differ by origin, also in those to requests without one: they are kept just the same. */
export function useVaryOrigin(origins: readonly string[]): Plugin {
  return {
    onResponse({ response }) {
      if (origins.length > 0) response.headers.append('vary', 'Origin');
    },
  };
}

/** What every answer says to browsers, by the origin that its request names: the same as Yoga's. */
export function prepareGrants(origins: readonly string[]): (origin: string | undefined) => object {
  const vary = origins.length > 0 ? { vary: 'Origin' } : {};
  const grants = new Map(
    origins.map((origin) => [
      origin,
      {
        ...vary,
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': exposedHeaders.join(', '),
      },
    ]),
  );
  return (origin) => grants.get(origin ?? '') ?? vary;
}
