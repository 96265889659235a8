import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Each reads one variable, of which an empty one counts as absent, and throws StartError when its value is wrong. */
export function readInteger<Default extends number | undefined>(
  env: Env,
  name: string,
  { default: fallback, min, max }: { default: Default; min: number; max: number },
): number | Default {
  const value = env[name];
  if (!value) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw wrong(name, value, `a whole number from ${min} to ${max}`);
  }
  return number;
}

export function readChoice<const T extends string>(
  env: Env,
  name: string,
  choices: readonly T[],
  fallback: NoInfer<T>,
): T {
  const value = env[name] || fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw wrong(name, value, `one of ${choices.join(', ')}`);
  return choice;
}

/** Exactly as it is written: issuers are compared to the letter, down to the slash at the end. */
export function readHttpUrl(env: Env, name: string): string {
  if (/\/\/[^/]*@/.test(env[name] ?? '')) {
    throw new StartError(`${name} holds a user name or a password, but must be a URL without them.`);
  }
  const value = readWord(env, name);
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hash === '') return value;
  throw wrong(name, value, 'an http or https URL like https://issuer.example.com/path');
}

/** Printable ASCII without blanks, quotes and backslashes: it may stand in a header. */
export function readWord(env: Env, name: string, fallback = ''): string {
  const value = env[name] || fallback;
  if (/^[!#-[\]-~]+$/.test(value)) return value;
  throw wrong(name, value, 'printable ASCII without blanks, quotes and backslashes');
}

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

/** For a value that is not what it must be, or is missing. */
export function wrong(name: string, value: string | undefined, expected: string): StartError {
  const given = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return new StartError(`${name} ${given}, but must be ${expected}.`);
}
