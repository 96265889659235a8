import { symlink } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readEnvFile } from '../../src/config/env-file.ts';
import { StartError } from '../../src/config/start-error.ts';
import { makeDirectory } from '../support/directory.ts';

describe('A .env file', () => {
  test.each([
    ['UTF-8', Buffer.from('A=é\nB=2\n')],
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFA=é\nB=2\n')],
    ['UTF-8 with the line ends of Windows', Buffer.from('A=é\r\nB=2\r\n')],
    ['UTF-8 with the line ends of an old Mac', Buffer.from('A=é\rB=2\r')],
  ])('is read in %s', async (_title, bytes) => {
    expect(await read(bytes)).toEqual({ A: 'é', B: '2' });
  });

  test.each([
    ['UTF-16', Buffer.from('\uFEFFA=1\n', 'utf16le')],
    ['UTF-16, the other way round', Buffer.from('\uFEFFA=1\n', 'utf16le').swap16()],
    ['UTF-16 without a byte order mark', Buffer.from('A=1\n', 'utf16le')],
    ['Latin-1', Buffer.from('A=é\n', 'latin1')],
    ['UTF-32', Buffer.from('FFFE000041000000', 'hex')],
  ])('is refused in %s', async (_title, bytes) => {
    await expect(read(bytes)).rejects.toThrow(
      /\.env is not UTF-8 text, but UTF-16 perhaps: save it as UTF-8\.$/,
    );
  });

  test.each([
    '',
    '\n \n\t\n# A=1\n  # "\nA=1',
    'export A=1\nB = 2 \n  C=3\n\tD=\nE=',
    'A=b=c\nB=x"y"\nC=it\'s # comment\nD=a.b-c',
    'A="# no comment" # comment\nB=\'$x\'\nC=`"\'`\nD=""',
    'A="two\nlines"\nB=\'\n\n\'\nC=`x\ny` # comment\nD=4',
    'A="a\\nb"\nB=\'a\\nb\'\nA_1.b-c=3',
    '# A="\nB=1\n# "',
    'A=1\nA=2',
  ])('is read as Node reads it: %j', async (text) => {
    expect(await read(text)).toEqual({ ...parseEnv(text) });
  });

  test('has no value in the next line of one that is blank', async () => {
    expect(await read('A= \nB=\t\n\nC=3')).toEqual({ A: '', B: '', C: '3' });
  });

  test.each([
    ['DATABASE_URL', 1],
    ['A=1\n\n# comment\nDATABASE_URL: postgres://db\nB=2', 4],
    ['A="two\nlines"\nset B=1', 3],
    ['A=1\r\nB 2\r\n', 2],
    ['A=1\n=2', 2],
    ['A=1\nB C=2', 2],
    ['\nРORT=1', 2],
    ['A=1\n\uFEFFB=2', 2],
    ['\u00A0A=1', 1],
    ['A="1', 1],
    ["A= '1\nB=2", 1],
    ['A="1\nB="2"', 1],
    ['A="1" 2', 1],
    ['A="1"B=2', 1],
  ])('is refused by the line that is no assignment, without what stands there: %j', async (text, line) => {
    const error = await read(text).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message.replace(/ of \S+/, ' of .env')).toBe(
      `Line ${line} of .env is neither an assignment (NAME=value or NAME="value") nor a comment (# …) nor blank.`,
    );
  });

  test('need not be there', async () => {
    await using directory = await makeDirectory();
    expect(readEnvFile(`${directory.path}/.env`)).toEqual({});
  });

  test('that leads nowhere is refused', async () => {
    await using directory = await makeDirectory();
    await symlink('elsewhere', `${directory.path}/.env`);
    expect(() => readEnvFile(`${directory.path}/.env`)).toThrow(/\.env cannot be read: ENOENT/);
  });
});

async function read(content: string | Buffer): Promise<Record<string, string>> {
  await using directory = await makeDirectory({ '.env': content });
  return readEnvFile(`${directory.path}/.env`);
}
