import { DatabaseProblem, NoHostFits } from './problems.ts';

const systemErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * SQLSTATEs of a server that cannot serve now: classes 08, 53, 57, 58; 40, which undoes a statement that others
 * stood in the way of; a lock or a transaction that took longer than the server allows; and 25006, no writes.
 */
const sqlStates = /^(08|40|53|57|58)[0-9A-Z]{3}$|^(55P03|25P04|25006)$/;

/** What pg says, without a code, of a connection that was not to be had or that broke. */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** Whether an error of the driver means that the database is away or too busy for now, rather than that we asked it nonsense. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  if (error instanceof NoHostFits) return error.hosts.some((host) => isDatabaseUnavailable(host.error));
  if (error instanceof DatabaseProblem) return true;
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return systemErrors.has(code) || sqlStates.test(code);
  return driverMessages.test(error.message);
}
