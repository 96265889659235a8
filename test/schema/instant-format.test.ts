import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInstantFormatter } from '../../src/schema/base/instant-format.ts';

const from = Date.UTC(1900, 0) / 1_000;
const until = Date.UTC(2200, 0) / 1_000;
const timeZone = fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone'));
const second = fc.integer({ min: from, max: until });
const fraction = fc.constantFrom(0, 0.000001, 0.5, 0.999999);

/** What Temporal says of each zone, but that UTC is `Z`. */
function write(epochSeconds: number, zone: string): string {
  const iso = Temporal.Instant.fromEpochMilliseconds(Math.floor(epochSeconds) * 1_000).toString({
    smallestUnit: 'second',
    roundingMode: 'floor',
    timeZone: zone,
  });
  return zone === 'UTC' ? iso.replace('+00:00', 'Z') : iso;
}

describe('an instant of any zone from 1900 to 2200', () => {
  test('is written as Temporal writes it, whatever was written before', () => {
    fc.assert(
      fc.property(
        timeZone,
        fc.array(fc.tuple(second, fraction), { minLength: 1, maxLength: 20 }),
        (zone, instants) => {
          const format = createInstantFormatter(zone);
          const seconds = instants.map(([whole, rest]) => whole + rest);
          expect(seconds.map(format)).toEqual(seconds.map((each) => write(each, zone)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is written as Temporal writes it right before, at and after each transition, in any order', () => {
    const places = fc.array(fc.tuple(fc.integer({ min: -2, max: 2 }), fraction), {
      minLength: 2,
      maxLength: 12,
    });
    let transitions = 0;
    fc.assert(
      fc.property(timeZone, second, places, (zone, start, offsets) => {
        const instant = Temporal.Instant.fromEpochMilliseconds(start * 1_000);
        const next = instant.toZonedDateTimeISO(zone).getTimeZoneTransition('next');
        const after = next?.getTimeZoneTransition('next');
        const format = createInstantFormatter(zone);
        for (const transition of [next, after, next]) {
          if (!transition) continue;
          transitions += 1;
          const seconds = offsets.map(
            ([offset, rest]) => transition.epochMilliseconds / 1_000 + offset + rest,
          );
          expect(seconds.map(format)).toEqual(seconds.map((each) => write(each, zone)));
        }
      }),
      { numRuns: 500 },
    );
    expect(transitions).toBeGreaterThan(30);
  });

  test('is the same for two that alternate between their spans, as those of a group do', () => {
    fc.assert(
      fc.property(timeZone, second, second, (zone, created, updated) => {
        const format = createInstantFormatter(zone);
        const [one, other] = [write(created, zone), write(updated, zone)];
        const written = Array.from({ length: 6 }, (_, index) => format(index % 2 === 0 ? created : updated));
        expect(written).toEqual([one, other, one, other, one, other]);
      }),
      { numRuns: 300 },
    );
  });

  test('is written right when more days have been written than are remembered', () => {
    const format = createInstantFormatter('Europe/London');
    const days = Array.from({ length: 10_500 }, (_, day) => from + day * 86_400 + 43_200);
    for (const day of days) format(day);
    const some = days.filter((_, index) => index % 500 === 0);
    expect(some.map(format)).toEqual(some.map((day) => write(day, 'Europe/London')));
  });
});
