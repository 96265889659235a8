import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, scripts, TestProcess } from '../support/process.ts';

/** As npm runs it. */
async function runScript(name: string, words: string) {
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
  const line = `${scripts[name]} ${words}`;
  await using script = new TestProcess('sh', ['-c', line], { env, cwd: root });
  return await script.ended;
}

describe.concurrent('A script that measures says in one line what is wrong with its words, and its usage:', () => {
  test.each([
    ['bench', '--nonsense', '"--nonsense" is given, but bench takes only --quick, --rounds, --seconds, '],
    ['bench', '--rounds 0', '--rounds is "0", but must be a whole number from 1 to 999999.'],
    ['bench', '--load ab', '--load is "ab", but must be one of wrk, autocannon.'],
    ['bench:growth', '--minutes ten', '--minutes is "ten", but must be a whole number from 1 to 999999.'],
    ['bench:flood', '--quick', '"--quick" is given, but bench:flood takes only --seconds, '],
    ['bench:overload', '20', '"20" is given, but bench:overload takes only --seconds, --checkout.'],
    ['bench:hold', '--seconds 5', '"--seconds" is given, but bench:hold takes nothing.'],
    ['soak', '19', 'SECONDS is "19", but must be a whole number from 20 to 3600.'],
    ['history', 'ten', 'SECONDS is "ten", but must be a whole number from 3 to 3600.'],
  ])('npm run %s -- %s', async (name, words, line) => {
    const { exit, stdout, stderr } = await runScript(name, words);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    const [first, usage] = stderr.split('\n');
    expect(first).toContain(line);
    expect(usage).toMatch(new RegExp(`^Usage: npm run ${name}( --|$)`));
  });
});
