import { userInfo } from 'node:os';
import { type DatabaseTls, readTls, sslModes, WrongParameter } from './database-tls.ts';
import { StartError } from './start-error.ts';
import { wrong } from './variables.ts';

/** Where a server listens: a name, an address, or the directory of a Unix socket, which begins with a slash. */
export interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

const sessionTargets = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type SessionTarget = (typeof sessionTargets)[number];

/** What a URL of libpq says; every value has been checked, but for what the files hold that it names. */
export interface DatabaseUrl {
  /** In the order in which they are tried; one at least. */
  readonly hosts: readonly DatabaseHost[];
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** Which of the hosts will do. Absent: it does not say. */
  readonly target: SessionTarget | undefined;
  /** Absent: no TLS. */
  readonly tls: DatabaseTls | undefined;
  /** Whether passwords are bound to the TLS connection where the server offers that. */
  readonly bindsChannel: boolean;
  readonly keepsAlive: boolean;
  /** Until the first probe, in seconds; 0 leaves that to the system. */
  readonly keepAliveAfter: number;
  readonly applicationName: string | undefined;
  /** Settings of the session, as `-c name=value`. */
  readonly options: string | undefined;
}

/** The parameters that have a few values only. */
const choices: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['disable', 'prefer'],
  keepalives: ['0', '1'],
  sslmode: sslModes,
  sslnegotiation: ['postgres', 'direct'],
  target_session_attrs: sessionTargets,
  // The driver's way to say that sslmode means what it means to libpq, as it always does here.
  uselibpqcompat: ['true'],
};

const known = [
  ...Object.keys(choices),
  ...['application_name', 'dbname', 'host', 'keepalives_idle', 'options', 'password', 'port', 'user'],
  ...['sslcert', 'sslkey', 'sslpassword', 'sslrootcert'],
].sort();

/** An @ ends what may be a password, and stands nowhere else: so nothing behind it can be a part of one. */
const grammar =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:/?#]*)(?::(?<password>[^/?#]*))?@)?(?<authority>[^@/?#]*)(?:\/(?<database>[^@?#]*))?(?:\?(?<query>[^@#]*))?$/;

/**
 * Reads a URL as libpq does: `postgres://user:password@host:port,host:port/database?parameter=value`, all of it
 * percent-encoded and optional; a parameter wins over what stands before it. `subject` is what it is
 * called, such as the variable that holds it. Throws StartError, which repeats no password.
 */
export function parseDatabaseUrl(subject: string, text: string): DatabaseUrl {
  const parts = grammar.exec(text)?.groups;
  try {
    if (parts === undefined) throw new URIError();
    return readParts(parts);
  } catch (error) {
    if (error instanceof WrongParameter) throw new StartError(`${subject} ${error.message}.`);
    if (!(error instanceof URIError)) throw error;
    // Only its scheme is repeated.
    const scheme = /^[a-z]+:/i.exec(text)?.[0] ?? '';
    throw wrong(subject, `${scheme}…`, 'a URL like postgres://user:password@host:5432/database');
  }
}

/** Throws WrongParameter, and URIError for what is no URL. */
function readParts(parts: Readonly<Record<string, string | undefined>>): DatabaseUrl {
  const given = readParameters(parts['query'] ?? '');
  const user = given.get('user') ?? (decode(parts['user']) || findAccount());
  return {
    hosts: readHosts(parts['authority'] ?? '', given),
    user,
    password: given.get('password') ?? (decode(parts['password']) || undefined),
    database: given.get('dbname') ?? (decode(parts['database']) || user),
    target: sessionTargets.find((target) => target === given.get('target_session_attrs')),
    tls: readTls(given),
    bindsChannel: given.get('channel_binding') === 'prefer',
    keepsAlive: given.get('keepalives') === '1',
    keepAliveAfter: readNumber('keepalives_idle', given.get('keepalives_idle') ?? '0', 0, 32_767),
    applicationName: given.get('application_name'),
    options: given.get('options'),
  };
}

/** The last of each name counts; an empty one is absent. */
function readParameters(query: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const pair of query.split('&').filter(Boolean)) {
    const [, name = '', value = ''] = (/^([^=]*)=?(.*)$/s.exec(pair) ?? []).map(decode);
    if (!known.includes(name)) {
      throw new WrongParameter(
        `has the parameter ${JSON.stringify(name)}, but takes only ${known.join(', ')}`,
      );
    }
    const values = choices[name];
    if (value !== '' && values?.includes(value) === false) {
      throw new WrongParameter(
        `has ${name}=${encodeURIComponent(value)}, but takes only ${name}=${values.join(', ')}`,
      );
    }
    given.set(name, value);
  }
  return new Map([...given].filter(([, value]) => value !== ''));
}

/** One port is for all hosts; else each has its own, be it an empty one, which is 5432. */
function readHosts(authority: string, given: ReadonlyMap<string, string>): DatabaseHost[] {
  const written = authority.split(',').map((address) => {
    const groups = /^(?:\[(?<ip>[^[\]]+)\]|(?<name>[^:[\]]*))(?::(?<port>\d*))?$/.exec(address)?.groups;
    if (groups === undefined) throw new URIError();
    return { host: decode(groups['ip'] ?? groups['name']), port: groups['port'] ?? '' };
  });
  const hosts = given.get('host')?.split(',') ?? written.map(({ host }) => host);
  const ports = given.get('port')?.split(',') ?? written.map(({ port }) => port);
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw new WrongParameter(`has ${hosts.length} host(s), but ${ports.length} ports`);
  }
  if (hosts.length > 1 && hosts.includes('')) throw new WrongParameter('has an empty host among several');
  return hosts.map((host, index) => ({
    host: host || 'localhost',
    port: readNumber('port', (ports.length > 1 ? ports[index] : ports[0]) || '5432', 1, 65_535),
  }));
}

function readNumber(name: string, value: string, min: number, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new WrongParameter(
    `has ${name}=${encodeURIComponent(value)}, but takes only ${name}=${min} to ${max}`,
  );
}

/** Whom libpq takes, too: whoever runs the process. In a container that may be a number without a name. */
function findAccount(): string {
  try {
    return userInfo().username;
  } catch {
    throw new WrongParameter('names no user');
  }
}

/** Throws URIError. */
function decode(encoded = ''): string {
  const decoded = decodeURIComponent(encoded);
  if (decoded.includes('\0')) throw new URIError();
  return decoded;
}
