import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description:
    'A date and time in ISO 8601, as RFC 3339 profiles it, with whole seconds and the offset of its zone.',
  specifiedByURL: 'https://datatracker.ietf.org/doc/html/rfc3339',
  serialize: (value) => value,
  parseValue: (value) => Temporal.Instant.from(String(value)).toString(),
});
