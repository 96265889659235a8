import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';
import type { Env } from './variables.ts';

export interface Secret {
  readonly value: string;
  /** What it is called in a line that says what is wrong with it. */
  readonly subject: string;
}

/**
 * The value of a variable, or what the file that `NAME_FILE` names holds, as secrets are mounted, without a byte order
 * mark and the newline at its end; undefined where neither is set. Throws StartError, which never repeats the value.
 */
export function readSecret(env: Env, name: string): Secret | undefined {
  const variable = `${name}_FILE`;
  const [given, file] = [env[name], env[variable]];
  if (!file) return given ? { value: given, subject: name } : undefined;
  if (given) throw new StartError(`${name} and ${variable} are both set: take one of them away.`);
  const value = readText(variable, file).replace(/^\uFEFF|[\r\n]+$/g, '');
  if (value !== '') return { value, subject: `${variable} is ${JSON.stringify(file)}, whose text` };
  throw new StartError(`${variable} is ${JSON.stringify(file)}, which is empty: let it hold the ${name}.`);
}

function readText(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `${variable} is ${JSON.stringify(file)}, which cannot be read (${code}): correct the path, or let this user read what is there.`,
    );
  }
}
