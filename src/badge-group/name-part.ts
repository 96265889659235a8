/** What the names are compared with that have a part, taken literally but for the case of its letters. */
export interface NamePattern {
  /** For `ilike`, which is fast and knows the case of ASCII letters alone: it lets too many names through, never too few. */
  readonly like: string;
  /** A regular expression of Postgres, with all forms of each letter: no collation has a say in what they are. */
  readonly exact: string;
}

export function toNamePattern(part: string): NamePattern {
  formsByLetter ??= collectForms();
  let like = '';
  let exact = '';
  for (const letter of part) {
    const forms = formsByLetter.get(fold(letter));
    if (forms === undefined) {
      like += letter.replace(/[%_\\]/, '\\$&');
      exact += letter.replace(/[$()*+.?[\\\]^{|}]/, '\\$&');
    } else {
      like += isAscii(forms) ? letter : '_';
      exact += `[${forms}]`;
    }
  }
  return { like: `%${like}%`, exact };
}

let formsByLetter: ReadonlyMap<string, string> | undefined;

/** All letters of Unicode that have a case, by what they fold to: some 25 ms, once a search asks for them. */
function collectForms(): ReadonlyMap<string, string> {
  const cased = /\p{Changes_When_Casemapped}/u;
  const lastCased = 0x1_ffff;
  const forms = new Map<string, string>();
  for (let codePoint = 0; codePoint <= lastCased; codePoint += 1) {
    const letter = String.fromCodePoint(codePoint);
    if (!cased.test(letter)) continue;
    const folded = fold(letter);
    forms.set(folded, (forms.get(folded) ?? '') + letter);
  }
  return forms;
}

/**
 * The same for all letters that are each other's upper or lower case in some language: `σ`, `ς` and `Σ`; `i`, `I`, `ı` and
 * `İ`, whose lower case has a dot of its own behind it. Only letters: `ß` is one with `ẞ`, not with `SS`.
 */
function fold(letter: string): string {
  const [lower = letter] = letter.toLowerCase();
  return lower.toUpperCase().toLowerCase();
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
