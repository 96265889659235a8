import { type Env, wrong } from './variables.ts';

export function readTimeZone(env: Env): string {
  const value = env['TZ'];
  if (!value) {
    const machineZone = Temporal.Now.timeZoneId();
    return isTimeZone(machineZone) ? machineZone : 'UTC';
  }
  if (!isTimeZone(value)) throw wrong('TZ', value, 'an IANA time zone like UTC or Asia/Kolkata');
  return value;
}

/** Temporal takes offsets as well, and POSIX reads their sign the other way. */
function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
