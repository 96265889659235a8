import { lstatSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { StartError } from './start-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A blank line, a comment, or an assignment, of which only a quoted value may take more than one line. */
const statements =
  /[ \t]*(?:(?:export +)?[A-Za-z_][\w.-]*[ \t]*=[ \t]*(?:(?:"[^"]*"|'[^']*'|`[^`]*`)[ \t]*|(?![ \t"'`])[^\n#]*))?(?:#[^\n]*)?(?:\n|$)/gy;

/**
 * The variables of a file like `.env`, as Node reads them; none where there is no file. Throws StartError for a file
 * of which not every line is understood: Node would pass over it without a word. Lines are named by number alone,
 * since they may hold secrets.
 */
export function readEnvFile(path: string): Record<string, string> {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return {};
  const text = decode(readBytes(path), path).replace(/\r\n?/g, '\n');
  const variables: Record<string, string> = {};
  let end = 0;
  for (const [statement] of text.matchAll(statements)) {
    // One by one: Node takes the next line for the value of a variable that has nothing but blanks.
    Object.assign(variables, parseEnv(statement));
    end += statement.length;
  }
  if (end < text.length) {
    const line = text.slice(0, end).split('\n').length;
    throw new StartError(
      `Line ${line} of ${path} is neither an assignment (NAME=value or NAME="value") nor a comment (# …) nor blank.`,
    );
  }
  return variables;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new StartError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Without the byte order mark. ASCII in UTF-16 is well-formed UTF-8 that is full of NULs. */
function decode(bytes: Buffer, path: string): string {
  try {
    const text = utf8.decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {}
  throw new StartError(`${path} is not UTF-8 text, but UTF-16 perhaps: save it as UTF-8.`);
}
