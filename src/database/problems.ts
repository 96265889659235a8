/**
 * What keeps a database from serving: an SQLSTATE, a code of Node's or the driver's words; what is wrong with a
 * database that says so; what to do about it. The first row that fits.
 */
// biome-ignore format: a table has a row a line.
const problems: readonly (readonly [RegExp, string, string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'whose host nobody knows', 'correct the host in the URL'],
  [/timeout exceeded|connection timeout|ETIMEDOUT/, 'that does not answer in time', 'start it, or correct the URL'],
  [/^ECONNREFUSED$|UNREACH|^connect /, 'that does not answer', 'start it, or correct the URL'],
  [/^ECONNRESET$|^EPIPE$|^Connection terminated/, 'that hangs up', 'see its log, or correct the port in the URL'],

  [/^ENOENT$/, 'whose certificate is not there', 'correct the name of its file in the URL'],
  [/SELF_SIGNED|UNABLE_TO/, 'whose certificate is not trusted', 'name its authority in the URL: sslrootcert=ca.pem'],
  [/^CERT_|ALTNAME/, 'whose certificate does not hold', 'renew it, or use the host that it names'],
  [/not support SSL/, 'that has no TLS', 'turn it on there, or say sslmode=disable in the URL'],
  [/no encryption/, 'that refuses the user', 'say sslmode=verify-full in the URL, or let it in by pg_hba.conf'],
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

/** What is wrong, as the end of the sentence "a database …", with the remedy. */
export function describeProblem(error: unknown): string {
  if (error instanceof DatabaseProblem) return error.message;
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
