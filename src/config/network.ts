import { BlockList, isIP } from 'node:net';
import { type Env, wrong } from './variables.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a name or an address leads to this machine alone. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0
    ? host.toLowerCase() === 'localhost'
    : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

export function readHost(env: Env): string {
  const value = env['HOST'] || '127.0.0.1';
  if (isIP(value) === 0 && !/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(value)) {
    throw wrong('HOST', value, 'an IP address or a host name');
  }
  return value;
}

/** What a browser can send as `Origin`; the URL parser takes hosts like `*.example`, too, which no page has. */
const sendable = /^https?:\/\/(\[[\da-f:]+\]|[a-z\d_-]+(\.[a-z\d_-]+)*\.?)(:\d+)?$/;

export function readOrigins(env: Env): string[] {
  const value = env['CORS_ORIGINS'];
  if (!value) return [];
  const origins = value.split(',').map((origin) => origin.trim());
  for (const origin of origins) {
    if (!sendable.test(origin) || URL.parse(origin)?.origin !== origin) {
      throw wrong('CORS_ORIGINS', origin || value, 'comma separated origins like https://app.example.com');
    }
  }
  return origins;
}
