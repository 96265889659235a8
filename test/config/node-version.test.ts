import { execFileSync } from 'node:child_process';
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDirectory } from '../support/directory.ts';
import { root, scripts, TestProcess } from '../support/process.ts';

describe('on a Node that is too old', () => {
  let path: Awaited<ReturnType<typeof makeDirectory>>;
  beforeAll(async () => {
    path = await makeDirectory();
    await putOldNode(join(path.path, 'node'));
  });
  afterAll(() => path.remove());

  test.each(['start', 'dev', 'migrate', 'client', 'schema', 'test'])(
    'npm run %s says so in one line and exits with 1',
    async (name) => {
      const env = { PATH: `${path.path}${delimiter}/usr/bin${delimiter}/bin` };
      await using script = new TestProcess('sh', ['-c', scripts[name] as string], { env });
      const { exit, stdout, stderr } = await script.ended;
      expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
      expect(stderr).toMatch(
        /^badge-groups needs Node 26 or newer, and this is v\d+\.\d+\.\d+\. Run "npm ci": it brings Node 26 along\.\n$/,
      );
    },
  );
});

test('the check of the version is written in the JavaScript of 2015, which every old Node parses', async () => {
  const text = await readFile(join(root, 'src/config/node-version.js'), 'utf8');
  expect(text).not.toMatch(
    /\?\.|\?\?|\|\|=|&&=|\*\*|\.\.\.|\b(async|await|import|export|using|class)\b|#\w|catch \{/,
  );
  expect(text).not.toMatch(/\.(at|flat|includes|replaceAll|fromEntries)\(/);
});

/** The old Node of this machine, or where there is none this one under an old version. */
async function putOldNode(file: string): Promise<void> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(directory, 'node');
    if (!directory.includes('node_modules') && isOld(candidate)) return await symlink(candidate, file);
  }
  const versions = `{ value: { ...process.versions, node: '20.0.0' } }`;
  const disguise = `Object.defineProperty(process, 'versions', ${versions}); Object.defineProperty(process, 'version', { value: 'v20.0.0' });`;
  const preload = `data:text/javascript,${encodeURIComponent(disguise)}`;
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' --import "${preload}" "$@"\n`);
  await chmod(file, 0o755);
}

function isOld(node: string): boolean {
  try {
    const version = execFileSync(node, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/^v(\d+)/.exec(version)?.[1]) < 26;
  } catch {
    return false;
  }
}
