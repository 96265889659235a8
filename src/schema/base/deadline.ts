import { createUnavailableError } from './context.ts';

/** What `begin` gives, or SERVICE_UNAVAILABLE at the deadline; after it nothing is begun. */
export async function beforeDeadline<T>(
  deadline: AbortSignal | undefined,
  begin: () => Promise<T>,
): Promise<T> {
  if (deadline === undefined) return await begin();
  if (deadline.aborted) throw createUnavailableError('The operation took too long; this part was not begun.');
  const late = Promise.withResolvers<never>();
  const giveUp = () => late.reject(createUnavailableError('This took too long; its outcome is unknown.'));
  deadline.addEventListener('abort', giveUp, { once: true });
  return await Promise.race([begin(), late.promise]);
}
