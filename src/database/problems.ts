/**
 * What keeps a database from serving: an SQLSTATE, a code of Node's or the driver's words; what is wrong with a
 * database that says so; what to do about it. The first row that fits.
 */
// biome-ignore format: a table has a row a line.
const problems: readonly (readonly [RegExp, string, string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'whose host nobody knows', 'correct the host in the URL'],
  [/timeout e|connection timeout|read timeout|ETIMEDOUT/, 'that does not answer in time', 'start it, or correct the URL'],
  [/^ECONNREFUSED$|UNREACH|^connect /, 'that does not answer', 'start it, or correct the URL'],
  [/^ECONNRESET$|^EPIPE$|^Connection terminated/, 'that hangs up', 'see its log, or correct the port in the URL'],

  [/^ENOENT$/, 'whose socket is not there', 'start it, or correct the directory in the URL'],
  [/^EACCES$/, 'whose socket is closed to this user', 'let the user into its directory'],

  [/SELF_SIGNED|UNABLE_TO/, 'whose certificate is not trusted', 'name its authority in the URL: sslrootcert=ca.pem'],
  [/ALTNAME/, 'whose certificate is for another host', 'use a host that it names, or say sslmode=verify-ca in the URL'],
  [/^CERT_/, 'whose certificate does not hold', 'renew it'],
  [/not support SSL/, 'that has no TLS', 'turn it on there, or say sslmode=disable in the URL'],
  [/no encryption/, 'that refuses the user', 'say sslmode=verify-full in the URL, or let it in by pg_hba.conf'],
  [/valid client cert/, 'that wants a client certificate', 'name one in the URL: sslcert=app.pem&sslkey=app.key'],
  [/certificate auth/, 'that refuses the user', 'use a certificate of its name, or map that by pg_ident.conf'],
  [/ALERT/, 'that refuses the client certificate', 'renew it, or let the server trust its authority by ssl_ca_file'],
  [/SSL/, 'with which TLS fails', 'compare sslmode in the URL with its settings'],

  [/startup parameter/, 'whose pooler refuses a parameter', 'take it out of the URL, and set it by "alter role"'],
  [/statement pooling mode/, 'whose pooler carries no transactions', 'say pool_mode = transaction in PgBouncer'],
  [/server_login_retry|query_wait_timeout/, 'whose pooler does not reach it', 'start it, or see the log of PgBouncer'],

  [/^28P01$|password must|authentication failed/, 'that refuses the password', 'correct user and password in the URL'],
  [/^28000$|no such user/, 'that refuses the user', 'correct it in the URL, create it, or let it in by pg_hba.conf'],
  [/^3D000$|no such database|^database .+ does not exist/, 'that does not exist', 'create it, or correct its name in the URL'],
  [/^42501$/, 'whose role lacks a right', 'let the owner grant it'],

  [/^53300$/, 'that has no connection left', 'raise its max_connections, or lower DATABASE_POOL_SIZE'],
  [/^53/, 'that has no room left', 'make room'],
  [/^57P0/, 'that is starting or stopping', 'try again'],
  [/^25006$/, 'that takes no writes', 'name the primary in the URL'],
  [/^XX00[12]$/, 'that is damaged', 'restore it from a backup'],
  [/(?:)/, 'that cannot be used', 'see its log'],
];

/** A problem that we see ourselves; its message is what `describeProblem` says. */
export class DatabaseProblem extends Error {
  override name = 'DatabaseProblem';
}

interface FailedHost {
  readonly host: string;
  readonly port: number;
  readonly error: unknown;
}

/** No AggregateError, of which GraphQL would make as many errors as there are hosts. */
export class NoHostFits extends Error {
  override readonly name = 'NoHostFits';
  /** What is wrong with each host, in their order. */
  readonly hosts: readonly FailedHost[];

  constructor(hosts: readonly FailedHost[]) {
    const failed = hosts.filter(({ error }) => error !== undefined).map((host) => ({ ...host }));
    super(`No host of the database will do: ${failed.map(({ error }) => describeError(error)).join(', ')}`);
    this.hosts = failed;
  }
}

/** What is wrong, as the end of the sentence "a database …", with the remedy. */
export function describeProblem(error: unknown): string {
  if (error instanceof DatabaseProblem) return error.message;
  if (error instanceof NoHostFits) {
    const each = error.hosts.map(
      ({ host, port, error }) => `${host}:${port} is one ${describeProblem(error)}`,
    );
    return `none of whose hosts will do. ${each.join(' ')}`;
  }
  const { code = '' } = (error instanceof AggregateError ? error.errors[0] : error) as { code?: string };
  const message = describeError(error);
  const [, wrong, remedy] = problems.find(([sign]) => sign.test(code) || sign.test(message)) ?? [];
  return `${wrong} (${message}): ${remedy}.`;
}

/** In one line. A connection that fails on several addresses is an AggregateError without a message of its own. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join(', ');
  // The file system of the embedded database throws what is no Error, and has a number only.
  const { name, message, errno } = error as { name?: string; message?: string; errno?: number };
  return (message ?? `${name} ${errno}`).replace(/\s+/g, ' ').slice(0, 300);
}
