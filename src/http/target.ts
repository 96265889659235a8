import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';

/** Where a request is to go. */
export interface Target {
  /** With the port, where one is given; absent in HTTP/1.0, and empty where the client knows none. */
  readonly host: string | undefined;
  /** With the query, as it is written. */
  readonly path: string;
}

/** An http URL with a host and without a user (RFC 9110 section 4.2). */
const absoluteForm = /^(https?:\/\/[^/?#@\\]+)(|[/?#].*)$/i;

/** Whether they make URLs, of those seen last: no path that begins with a slash can spoil one. */
const hosts = new LRUCache<string, boolean>({
  max: 100,
  memoMethod: (host) => !/[/?#@\\]/.test(host) && URL.canParse(`http://${host}/`),
});

/**
 * The target of a request (RFC 9112 section 3.2): its path and the host of its Host header, or, where it is a whole
 * URL, all that URL alone says. Undefined where they make no URL, on which everything behind relies.
 */
export function readTarget({ url = '', httpVersion, headers }: IncomingMessage): Target | undefined {
  const { host } = headers;
  if (host === undefined && httpVersion === '1.1') return undefined;
  const [, origin, rest = ''] = absoluteForm.exec(url) ?? [];
  if (origin !== undefined) {
    const { host } = URL.parse(origin) ?? {};
    return host === undefined ? undefined : { host, path: rest.startsWith('/') ? rest : `/${rest}` };
  }
  return url.startsWith('/') && hosts.memo(host || 'localhost') ? { host, path: url } : undefined;
}

/** Without anything that a URL resolves: to look at all others takes 2 µs. */
const ordinaryPath = /^\/[\w/-]*(\?|$)/;

/** Whether it leads where it says: in a URL `..`, `\` and `#` are resolved, which a proxy in front may not have done. */
export function isPlainPath(path: string): boolean {
  if (ordinaryPath.test(path)) return true;
  const [written] = path.split('?', 1);
  return URL.parse(`http://localhost${written}`)?.pathname === written;
}

/** The host without its port, an IP address without its brackets, as a browser would resolve it. */
export function readHostName(host: string): string {
  const { hostname = '' } = URL.parse(`http://${host}`) ?? {};
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
