import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { StartError } from '../config/start-error.ts';
import { checkTarget, maxTargetLength, refuse } from './target-check.ts';

/** What one client may hold of the service, and for how long; times in milliseconds. */
export const httpLimits = {
  /** From the connection, or from the first byte on it after an answer, to the end of the headers. */
  headers: 10_000,
  /** The same to the end of the body: 100 kB at 5 kB/s. */
  request: 20_000,
  /** Without a byte either way while there is a request: a client that does not read its answer. */
  silence: 30_000,
  /** Between an answer and the next request. Load balancers give up after 60 s: the service must not be first. */
  keepAlive: 65_000,
  /** How often the first two are looked at. */
  check: 1_000,
  /** Connections at once; one more is closed without an answer. */
  connections: 5_000,
};

/** Where to listen, and the variable that says the port. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly variable: string;
  /** Whether requests are answered only by names that nobody else can have: `localhost`, `127.0.0.1`, `[::1]`. */
  readonly onlyLoopbackNames?: boolean;
}

/** Throws StartError when the place is not to be had. */
export async function listen(
  handler: RequestListener,
  { host, port, variable, onlyLoopbackNames = false }: Place,
  limits = httpLimits,
): Promise<Server> {
  const options = {
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: limits.check,
    maxHeaderSize: 2 * maxTargetLength,
    // Of two Authorization headers Node would take the first, where a proxy may have checked the second.
    joinDuplicateHeaders: true,
    // The check of the target does that.
    requireHostHeader: false,
  };
  const server = createServer(options, checkTarget(handler, { onlyLoopbackNames }));
  server.on('checkExpectation', (request, response) => {
    refuse(request, response, 417, 'Expect may say 100-continue and nothing else.');
  });
  server.timeout = limits.silence;
  server.maxConnections = limits.connections;
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'EADDRINUSE'
        ? `${variable} is ${port}, which another process is using on ${host}: choose another one, or 0 for a free one.`
        : `HOST is "${host}" and ${variable} is ${port}, where this process cannot listen (${code}): choose others.`,
    );
  }
}

const graceMs = 500;
const stopPatienceMs = 10_000;

/**
 * Refuses new connections and waits until the present ones are done, 10 s at most. Half a second long those without
 * a request are kept, too: one may be on its way already, or be the load balancer's next question for `/ready`.
 */
export async function closeServer(server: Server): Promise<void> {
  await acceptWaiting(server);
  const closed = once(server, 'close');
  // Not by the HTTP server's own way to close, which cuts the idle connections at once.
  NetServer.prototype.close.call(server);
  // Right after the requests that have arrived are read, which is late when the process is busy.
  const sweep = setInterval(() => setImmediate(() => server.closeIdleConnections()), graceMs);
  const limit = setTimeout(() => server.closeAllConnections(), stopPatienceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}

/**
 * Settles when no connection waits to be accepted, or after half a second: the closing resets those that do. They are
 * accepted one by one, each after a turn of the event loop.
 */
async function acceptWaiting(server: Server): Promise<void> {
  const until = performance.now() + graceMs;
  let accepted = true;
  const note = () => {
    accepted = true;
  };
  server.on('connection', note);
  // From here on a turn accepts before it ends.
  await turn();
  while (accepted && performance.now() < until) {
    accepted = false;
    await turn();
  }
  server.off('connection', note);
}
