/** A stretch of time in which a zone keeps one offset; in epoch seconds, `end` is the first one after it. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** What to add to epoch seconds for those that the clocks of the zone show. */
  readonly offset: number;
  /** How it is written: `Z` or `+05:30`. */
  readonly suffix: string;
}

const secondsPerDay = 86_400;
const maxRemembered = 10_000;
const pairs = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/**
 * Writes epoch seconds as ISO 8601 in one zone (an IANA name): whole seconds, cut and never rounded up;
 * `Z` when the zone is UTC, the offset of that instant otherwise. What a zone does is asked once for each of its
 * spans between two transitions, and what a day is called once for each day.
 */
export function createInstantFormatter(timeZone: string): (epochSeconds: number) => string {
  const spans: Span[] = [];
  const days = new Map<number, string>();

  function findSpan(second: number): Span {
    for (const span of spans) if (span.start <= second && second < span.end) return span;
    const span = readSpan(second, timeZone);
    if (spans.length >= maxRemembered) spans.length = 0;
    spans.push(span);
    return span;
  }

  function nameDay(day: number): string {
    const known = days.get(day);
    if (known !== undefined) return known;
    const [name = ''] = new Date(day * secondsPerDay * 1_000).toISOString().split('T');
    if (days.size >= maxRemembered) days.clear();
    days.set(day, name);
    return name;
  }

  return (epochSeconds) => {
    const second = Math.floor(epochSeconds);
    const { offset, suffix } = findSpan(second);
    const local = second + offset;
    const day = Math.floor(local / secondsPerDay);
    const rest = local - day * secondsPerDay;
    const hours = pairs[Math.floor(rest / 3_600)];
    const minutes = pairs[Math.floor(rest / 60) % 60];
    return `${nameDay(day)}T${hours}:${minutes}:${pairs[rest % 60]}${suffix}`;
  };
}

function readSpan(second: number, timeZone: string): Span {
  const instant = Temporal.Instant.fromEpochMilliseconds(second * 1_000);
  const zoned = instant.toZonedDateTimeISO(timeZone);
  const isUtc = zoned.equals(instant.toZonedDateTimeISO('UTC'));
  const next = zoned.getTimeZoneTransition('next');
  // The transition before the next second is the one that has begun this span, be it this very second.
  const previous = zoned.add({ seconds: 1 }).getTimeZoneTransition('previous');
  return {
    start: previous === null ? -Infinity : Math.ceil(previous.epochMilliseconds / 1_000),
    end: next === null ? Infinity : Math.ceil(next.epochMilliseconds / 1_000),
    offset: zoned.offsetNanoseconds / 1e9,
    suffix: isUtc ? 'Z' : (/[+-]\d\d:\d\d$/.exec(instant.toString({ timeZone }))?.[0] ?? ''),
  };
}
