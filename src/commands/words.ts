import { parseArgs } from 'node:util';
import { StartError } from '../config/start-error.ts';
import { wrong } from '../config/variables.ts';

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;

/** What may follow the name of a command. */
export interface Form<Given extends Options> {
  readonly words?: readonly string[];
  readonly options?: Given;
}

export interface Words<Given extends Options> {
  readonly words: readonly string[];
  readonly options: { readonly [Name in keyof Given]?: Given[Name]['type'] extends 'string' ? string : true };
}

/** What follows the name of a command, of which each word and option may be missing. Throws StartError. */
export function readWords<const Given extends Options>(
  command: string,
  args: readonly string[],
  { words = [], options = {} as Given }: Form<Given> = {},
): Words<Given> {
  // Strictly it would say in three lines of its own that a value begins with a dash.
  const lenient = { strict: false, allowPositionals: true, tokens: true } as const;
  const { positionals, values, tokens } = parseArgs({ args, options, ...lenient });
  const given = tokens.filter((token) => token.kind === 'option');
  const unknown =
    given.find(({ name }) => !Object.hasOwn(options, name))?.rawName ?? positionals[words.length];
  if (unknown !== undefined) {
    const known = [...words, ...Object.keys(options).map((name) => `--${name}`)].join(', ');
    throw new StartError(
      `${JSON.stringify(unknown)} is given, but ${command} takes ${known && 'only '}${known || 'nothing'}.`,
    );
  }
  for (const { name, rawName, value } of given) {
    const takesValue = options[name]?.type === 'string';
    if (takesValue && value === undefined) throw new StartError(`${rawName} has no value, but takes one.`);
    if (!takesValue && value !== undefined) throw new StartError(`${rawName} has a value, but takes none.`);
  }
  return { words: positionals, options: values as Words<Given>['options'] };
}

/** An org or a user. Throws StartError. */
export function parseInt32(name: string, given: string | undefined): number {
  const number = Number(given);
  if (given !== undefined && /^\d{1,10}$/.test(given) && number <= 2_147_483_647) return number;
  throw wrong(name, given, 'a whole number from 0 to 2147483647');
}
