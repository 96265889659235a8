import type { Caller } from '../../auth/caller.ts';
import { BadgeGroupError } from '../../badge-group/errors.ts';
import { type Context, getCaller, type MutationDeadline } from '../base/context.ts';
import { createUnavailableError } from '../base/errors.ts';

/**
 * Makes one change for the caller; the code of a typed error is kept for the log.
 * Throws SERVICE_UNAVAILABLE at the deadline of the request, after which no change is begun.
 */
export async function change<T>(context: Context, makeChange: (caller: Caller) => Promise<T>): Promise<T> {
  const caller = getCaller(context);
  try {
    return await beforeDeadline(context.deadline, () => makeChange(caller));
  } catch (error) {
    if (error instanceof BadgeGroupError) context.typedErrors.push(error.code);
    throw error;
  }
}

async function beforeDeadline<T>(
  deadline: MutationDeadline | undefined,
  begin: () => Promise<T>,
): Promise<T> {
  if (deadline === undefined) return await begin();
  if (deadline.isNear) throw createUnavailableError('The operation took too long; this part was not begun.');
  const givenUp = deadline.near.then(() => {
    throw createUnavailableError('This took too long; its outcome is unknown.');
  });
  return await Promise.race([begin(), givenUp]);
}
