/** The marks of a shape: as a regular expression, and as a pattern of Lua. */
const marks: Readonly<Record<string, readonly [string, string]>> = {
  id: ['[0-9a-f]{24}', '%x'.repeat(24)],
  name: ['([^"]+)', '([^"]+)'],
  rank: ['(\\d+)', '(%d+)'],
  instant: ['(\\d{10}(?:\\.\\d{1,6})?)', '(%d%d%d%d%d%d%d%d%d%d%.?%d*)'],
  iso: ['\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ', '%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ'],
};

/** Captures the name, the rank and two instants. */
export function toRegExp(shape: string): string {
  return `^${convert(shape, 0, (text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))}\\s*$`;
}

export function toLuaPattern(shape: string): string {
  return `^${convert(shape, 1, (text) => text.replaceAll(/[^\w\s]/g, '%$&'))}%s*$`;
}

function convert(shape: string, index: 0 | 1, quote: (text: string) => string): string {
  const parts = shape.split(/@(\w+)@/);
  return parts.map((part, at) => (at % 2 === 0 ? quote(part) : (marks[part]?.[index] ?? ''))).join('');
}
