import { readWords } from '../../src/commands/words.ts';
import { StartError } from '../../src/config/start-error.ts';
import { readInteger } from '../../src/config/variables.ts';

/** What `read` finds in the command line; what is wrong there ends the process with the line that it throws, and the usage. */
export function readArguments<T>(usage: string, read: (args: readonly string[]) => T): T {
  try {
    return read(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(`${error.message}\n${usage}`);
    process.exit(1);
  }
}

/** Throws StartError. */
export function readCount(
  name: string,
  given: string | undefined,
  otherwise: number,
  { min = 1, max = 999_999 } = {},
): number {
  return readInteger({ [name]: given }, name, { default: otherwise, min, max });
}

/** For scripts that take the seconds that they last, and nothing else. */
export function readSeconds(script: string, otherwise: number, bounds: { min: number; max: number }): number {
  return readArguments(`Usage: npm run ${script} -- [SECONDS]`, (args) => {
    const { words } = readWords(script, args, { words: ['SECONDS'] });
    return readCount('SECONDS', words[0], otherwise, bounds);
  });
}
