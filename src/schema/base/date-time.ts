import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description:
    'A date and time in ISO 8601, as RFC 3339 profiles it, with whole seconds and the offset of its zone.',
  specifiedByURL: 'https://datatracker.ietf.org/doc/html/rfc3339',
  serialize: (value) => value,
  parseValue: (value) => Temporal.Instant.from(String(value)).toString(),
});

/**
 * Writes epoch seconds as ISO 8601 in one zone (an IANA name): whole seconds, cut and never rounded up;
 * `Z` when the zone is UTC, the offset of that instant otherwise.
 */
export function createInstantFormatter(timeZone: string): (epochSeconds: number) => string {
  const epoch = Temporal.Instant.fromEpochMilliseconds(0);
  const isUtc = epoch.toZonedDateTimeISO(timeZone).equals(epoch.toZonedDateTimeISO('UTC'));
  const options = { smallestUnit: 'second', roundingMode: 'floor', ...(!isUtc && { timeZone }) } as const;
  return (epochSeconds) =>
    Temporal.Instant.fromEpochMilliseconds(Math.floor(epochSeconds) * 1_000).toString(options);
}
