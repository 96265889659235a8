import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type DatabaseUrl, parseDatabaseUrl } from '../../src/config/database-url.ts';
import { StartError } from '../../src/config/start-error.ts';

const parse = (url: string) => parseDatabaseUrl('DATABASE_URL', url);

function findRefusal(url: string): string {
  try {
    parse(url);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as StartError).message;
  }
  throw new Error('It was taken.');
}

describe('a DATABASE_URL', () => {
  const nothingSaid: DatabaseUrl = {
    hosts: [{ host: 'db', port: 5432 }],
    user: 'app',
    password: undefined,
    database: 'app',
    target: undefined,
    tls: undefined,
    bindsChannel: false,
    keepsAlive: false,
    keepAliveAfter: 0,
    applicationName: undefined,
    options: undefined,
  };

  test.each<[string, Partial<DatabaseUrl>]>([
    ['postgres://app@db', {}],
    ['postgresql://app@db:/?sslmode=', {}],
    ['postgres://app:p%40ss%2Fw%3F@db/bg', { password: 'p@ss/w?', database: 'bg' }],
    ['postgres://app:p@ss@db/', { password: 'p@ss' }],
    ['postgres://db/bg', { user: userInfo().username, database: 'bg' }],
    ['postgres://db?user=app&password=s+3&dbname=b%2Fg', { password: 's+3', database: 'b/g' }],
    ['postgres://other:no@db/no?user=app&password=yes&dbname=bg', { password: 'yes', database: 'bg' }],
    ['postgres://app@db?application_name=no&application_name=b', { applicationName: 'b' }],
    ['postgres://app@db?options=-c%20search_path%3Dloyalty', { options: '-c search_path=loyalty' }],
    ['postgres://app@db?keepalives=0', {}],
    ['postgres://app@db?keepalives=1&keepalives_idle=30', { keepsAlive: true, keepAliveAfter: 30 }],
    ['postgres://app@db?channel_binding=prefer', { bindsChannel: true }],
    ['postgres://app@db?channel_binding=disable', {}],
    ['postgres://app@db?target_session_attrs=prefer-standby', { target: 'prefer-standby' }],
  ])('says by %s what libpq reads in it', (url, said) => {
    expect(parse(url)).toEqual({ ...nothingSaid, ...said });
  });

  test.each([
    ['postgres://app@', 'localhost:5432'],
    ['postgres://app@:5433/bg', 'localhost:5433'],
    ['postgres://app@one:5433,two/bg', 'one:5433 two:5432'],
    ['postgres://app@one,two,three:1/bg', 'one:5432 two:5432 three:1'],
    ['postgres://app@[::1]:5433,[fe80::1%25eth0],127.0.0.1/bg', '::1:5433 fe80::1%eth0:5432 127.0.0.1:5432'],
    ['postgres://app@/bg?host=/run/postgresql', '/run/postgresql:5432'],
    ['postgres://app@%2Frun%2Fpostgresql:5433/bg', '/run/postgresql:5433'],
    ['postgres://app@:5433/bg?host=/run/postgresql', '/run/postgresql:5433'],
    ['postgres:///bg?host=one,two&port=5433', 'one:5433 two:5433'],
    ['postgres:///bg?host=one,two&port=5433,', 'one:5433 two:5432'],
    ['postgres://one,two/bg?port=5433,5434', 'one:5433 two:5434'],
  ])('names by %s the hosts %s', (url, hosts) => {
    expect(
      parse(url)
        .hosts.map(({ host, port }) => `${host}:${port}`)
        .join(' '),
    ).toBe(hosts);
  });

  test.each<[string, DatabaseUrl['tls']]>([
    ['sslmode=disable&sslrootcert=ca.pem', undefined],
    ['sslmode=require', say({ checks: 'nothing' })],
    ['uselibpqcompat=true&sslmode=require', say({ checks: 'nothing' })],
    ['sslmode=require&sslrootcert=ca.pem', say({ checks: 'authority', authorities: 'ca.pem' })],
    ['sslmode=no-verify&sslrootcert=ca.pem', say({ checks: 'nothing', authorities: 'ca.pem' })],
    ['sslmode=verify-ca&sslrootcert=ca.pem', say({ checks: 'authority', authorities: 'ca.pem' })],
    ['sslmode=verify-full', say({ checks: 'authority and host' })],
    ['sslrootcert=system', say({ checks: 'authority and host', authorities: 'system' })],
    ['sslrootcert=ca.pem', say({ checks: 'authority and host', authorities: 'ca.pem' })],
    [
      'sslmode=require&sslcert=app.pem&sslkey=app.key&sslpassword=s3',
      say({ checks: 'nothing', identity: { certificate: 'app.pem', key: 'app.key' }, keyPassword: 's3' }),
    ],
    ['sslmode=verify-full&sslnegotiation=direct', say({ checks: 'authority and host', isDirect: true })],
  ])('with %s says how TLS is spoken', (query, tls) => {
    expect(parse(`postgres://app@db?${query}`).tls).toEqual(tls);
  });

  function say(tls: Partial<NonNullable<DatabaseUrl['tls']>>): NonNullable<DatabaseUrl['tls']> {
    const nothing = {
      checks: 'nothing',
      authorities: undefined,
      identity: undefined,
      keyPassword: undefined,
    } as const;
    return { ...nothing, isDirect: false, ...tls };
  }
});

describe('a DATABASE_URL is refused, and repeats no password,', () => {
  test.each([
    ['another scheme', 'mysql://badge:hunter2@db/groups', '"mysql:…"'],
    ['no scheme', '//badge:hunter2@db/groups', '"…"'],
    ['a port that is none', 'postgres://badge:hunter2@db:port/groups', '"postgres:…"'],
    ['a # in a password', 'postgres://badge:hun#ter2@db/groups', '"postgres:…"'],
    ['a / in a password', 'postgres://badge:12/hunter2@db/groups', '"postgres:…"'],
    ['a ? in a password', 'postgres://badge:12?hunter2=1@db/groups', '"postgres:…"'],
    ['an @ in a parameter', 'postgres://badge@db/groups?password=hunter2@', '"postgres:…"'],
    ['a % that begins nothing', 'postgres://badge:hunter2%@db/groups', '"postgres:…"'],
    ['a NUL', 'postgres://badge:hunter2%00@db/groups', '"postgres:…"'],
    ['an IPv6 address without brackets', 'postgres://badge:hunter2@::1/groups', '"postgres:…"'],
  ])('for %s', (_title, url, held) => {
    expect(findRefusal(url)).toBe(
      `DATABASE_URL is ${held}, but must be a URL like postgres://user:password@host:5432/database.`,
    );
  });

  test.each([
    [
      'db?sslmod=require',
      /^has the parameter "sslmod", but takes only application_name, channel_binding, .+, user\.$/,
    ],
    ['db?connect_timeout=10', /^has the parameter "connect_timeout", but takes only /],
    ['db?statement_timeout=0', /^has the parameter "statement_timeout", but takes only /],
    [
      'db?sslmode=prefer',
      /^has sslmode=prefer, but takes only sslmode=disable, require, verify-ca, verify-full, no-verify\.$/,
    ],
    [
      'db?channel_binding=require',
      /^has channel_binding=require, but takes only channel_binding=disable, prefer\.$/,
    ],
    [
      'db?target_session_attrs=master',
      /^has target_session_attrs=master, but takes only target_session_attrs=any, .+\.$/,
    ],
    ['db?keepalives_idle=soon', /^has keepalives_idle=soon, but takes only keepalives_idle=0 to 32767\.$/],
    ['db:65536', /^has port=65536, but takes only port=1 to 65535\.$/],
    ['db?port=one', /^has port=one, but takes only port=1 to 65535\.$/],
    ['one,two?port=1,2,3', /^has 2 host\(s\), but 3 ports\.$/],
    ['one,,two', /^has an empty host among several\.$/],
    ['db?sslnegotiation=direct', /^has sslnegotiation=direct, which needs sslmode=verify-full beside it\.$/],
    ['db?sslmode=verify-ca', /^has sslmode=verify-ca, which needs sslrootcert=ca\.pem beside it\.$/],
    [
      'db?sslmode=require&sslrootcert=system',
      /^has sslrootcert=system, which needs sslmode=verify-full beside it\.$/,
    ],
    ['db?sslcert=app.pem', /^has sslcert, which needs sslkey beside it\.$/],
    ['db?sslkey=app.key', /^has sslkey, which needs sslcert beside it\.$/],
  ])('for %s, by name', (end, line) => {
    const refusal = findRefusal(`postgres://badge:hunter2@${end}`);
    expect(refusal).not.toContain('hunter2');
    expect(refusal.replace(/^DATABASE_URL /, '')).toMatch(line);
  });
});
