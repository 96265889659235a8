import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, type ListenOptions, Server as NetServer } from 'node:net';
import { setImmediate as nextRound } from 'node:timers/promises';
import { StartError } from '../config/start-error.ts';
import { answerClientErrors } from './client-error.ts';
import { checkHead, maxTargetLength, reject } from './head-check.ts';

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
  /** Headers of a request, however short: each takes a hundred bytes and more until it is answered. */
  headersCount: 100,
  /** Connections at once; one more is closed without an answer. */
  connections: 5_000,
};

/**
 * Servers on one port, among which the system shares out who connects. Each time the event loop goes round, Node accepts
 * one connection of each: with one server, who connects behind 200 others while every round takes 20 ms waits for 4 s.
 */
const servers = process.platform === 'linux' ? 64 : 1;

/** How long to wait for clients when it closes, in milliseconds. */
const closingTimes = {
  /** Connections without a request are kept for so long: one may be on its way already, or a balancer's next question. */
  grace: 500,
  patience: 10_000,
};

/** Where to listen, and the variable that says the port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly variable: string;
  /** Whether requests are answered only by names that nobody else can have: `localhost`, `127.0.0.1`, `[::1]`. */
  readonly onlyLoopbackNames?: boolean;
}

export interface Listening {
  readonly address: AddressInfo;
  countConnections(): number;
  /**
   * Refuses new connections and waits until the present ones are done, 10 s at most. Half a second long those without
   * a request are kept, too. Tells when nobody can connect any more.
   */
  close(times?: typeof closingTimes, onRefusing?: () => void): Promise<void>;
}

/** Throws StartError when the endpoint is not to be had. */
export async function listen(
  handler: RequestListener,
  { host, port, variable, onlyLoopbackNames = false }: Endpoint,
  limits = httpLimits,
): Promise<Listening> {
  const checked = checkHead(handler, { onlyLoopbackNames });
  const all = Array.from({ length: servers }, () => createBoundedServer(checked, limits));
  const countConnections = boundConnections(all, limits.connections);
  try {
    const address = await openAll(all, { host, port });
    return {
      address,
      countConnections,
      close: (times = closingTimes, onRefusing) => closeAll(all, times, onRefusing),
    };
  } catch (error) {
    for (const server of all) server.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'EADDRINUSE'
        ? `${variable} is ${port}, which another process is using on ${host}: choose another one, or 0 for a free one.`
        : `HOST is "${host}" and ${variable} is ${port}, where this process cannot listen (${code}): choose others.`,
    );
  }
}

function createBoundedServer(handler: RequestListener, limits: typeof httpLimits): Server {
  const options = {
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: limits.check,
    maxHeaderSize: 2 * maxTargetLength,
    // Of two Authorization headers Node would take the first, where a proxy may have checked the second.
    joinDuplicateHeaders: true,
    // The check of the head does that.
    requireHostHeader: false,
  };
  const server = createServer(options, handler);
  // The check of the head asks for the body.
  server.on('checkContinue', handler);
  server.on('checkExpectation', (_request, response) => {
    reject(response, 417, 'Expect may say 100-continue and nothing else.');
  });
  answerClientErrors(server);
  server.timeout = limits.silence;
  server.maxHeadersCount = limits.headersCount;
  return server;
}

/** Gives how many there are. */
function boundConnections(all: readonly Server[], max: number): () => number {
  let count = 0;
  for (const server of all) {
    server.on('connection', (socket) => {
      count += 1;
      socket.on('close', () => {
        count -= 1;
      });
      if (count > max) socket.destroy();
    });
  }
  return () => count;
}

async function openAll(all: readonly Server[], at: { host: string; port: number }): Promise<AddressInfo> {
  const reusePort = all.length > 1;
  // Who shares a port shares it with other processes, too: whether it is free is asked by one that does not.
  if (reusePort && at.port !== 0) {
    await using _asking = await open(new NetServer(), at);
  }
  const [first, ...others] = all as [Server, ...Server[]];
  await open(first, { ...at, reusePort });
  const address = first.address() as AddressInfo;
  const same = { host: address.address, port: address.port, reusePort };
  await Promise.all(others.map((other) => open(other, same)));
  return address;
}

async function open(server: NetServer, at: ListenOptions): Promise<NetServer> {
  server.listen(at);
  await once(server, 'listening');
  return server;
}

async function closeAll(
  all: readonly Server[],
  { grace, patience }: typeof closingTimes,
  onRefusing?: () => void,
): Promise<void> {
  await acceptWaiting(all, grace);
  const closed = Promise.all(all.map((server) => once(server, 'close')));
  // Not by the HTTP server's own way to close, which cuts the idle connections at once.
  for (const server of all) NetServer.prototype.close.call(server);
  onRefusing?.();
  // Right after the requests that have arrived are read, which is late when the process is busy.
  const sweep = setInterval(() => {
    setImmediate(() => {
      for (const server of all) server.closeIdleConnections();
    });
  }, grace);
  const limit = setTimeout(() => {
    for (const server of all) server.closeAllConnections();
  }, patience);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
  // Ends what they check once a second.
  for (const server of all) server.close();
}

/**
 * Settles when no connection waits to be accepted, or after a while: the closing resets those that do. Each server accepts
 * one each time the event loop goes round.
 */
async function acceptWaiting(all: readonly Server[], patience: number): Promise<void> {
  const until = performance.now() + patience;
  let accepted = true;
  const note = () => {
    accepted = true;
  };
  for (const server of all) server.on('connection', note);
  // From here on a round accepts before it ends.
  await nextRound();
  while (accepted && performance.now() < until) {
    accepted = false;
    await nextRound();
  }
  for (const server of all) server.off('connection', note);
}
