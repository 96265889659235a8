interface Range {
  /** `application/json`, `application/*` or `*`, say. */
  readonly name: string;
  /** From 0, not at all, to 1. */
  readonly weight: number;
}

/**
 * The one of `offered` that a header like Accept or Accept-Encoding wants most (RFC 9110 section 12.5); undefined
 * when it takes none. Of those wanted alike it is the one named first, then the one offered first.
 */
export function choose(header: string, offered: readonly string[]): string | undefined {
  const ranges = parseRanges(header);
  const wanted = offered.flatMap((name) => {
    // The most specific range counts, wherever it stands.
    const rank = widen(name)
      .map((wide) => ranges.findIndex((range) => range.name === wide))
      .find((index) => index !== -1);
    const { weight } = ranges[rank ?? -1] ?? { weight: 0 };
    return rank !== undefined && weight > 0 ? [{ name, rank, weight }] : [];
  });
  return wanted.toSorted((a, b) => b.weight - a.weight || a.rank - b.rank)[0]?.name;
}

function parseRanges(header: string): Range[] {
  const ranges = header.toLowerCase().split(',');
  return ranges.flatMap((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    const { q = '1', charset = 'utf-8' } = Object.fromEntries(parameters.map((text) => text.split('=')));
    // Whatever is sent as text is UTF-8.
    return /^"?utf-?8"?$/.test(charset) ? [{ name, weight: Number.parseFloat(q) || 0 }] : [];
  });
}

/** The ranges that a name is in, from the narrowest: itself first. */
function widen(name: string): string[] {
  const [type, subtype] = name.split('/');
  return subtype === undefined ? [name, '*'] : [name, `${type}/*`, '*/*'];
}
