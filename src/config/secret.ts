import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';
import type { Env } from './variables.ts';

/**
 * The value of a variable, or what the file that `NAME_FILE` names holds, as secrets are mounted, without the newline
 * at its end; undefined where neither is set. Throws StartError, which never repeats the value.
 */
export function readSecret(env: Env, name: string): string | undefined {
  const variable = `${name}_FILE`;
  const file = env[variable];
  if (!file) return env[name] || undefined;
  if (env[name]) throw new StartError(`${name} and ${variable} are both set: take one of them away.`);
  const value = readText(variable, file).replace(/[\r\n]+$/, '');
  if (value !== '') return value;
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
