import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from './directory.ts';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** Node signs no certificates; Debian and macOS bring this along. */
export function hasOpenssl(): boolean {
  try {
    return execFileSync('openssl', ['version'], { stdio: 'pipe' }).length > 0;
  } catch {
    return false;
  }
}

/** Files in PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of the test's own, with all its files in one directory. */
export async function makeAuthority(name: string) {
  const directory = await makeDirectory();
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: directory.path, stdio: 'pipe' });
  const file = (name: string) => join(directory.path, name);
  run(
    'req',
    '-x509',
    ...newKey,
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );

  return {
    /** Its own certificate. */
    certificate: file('ca.pem'),
    file,
    /** Signs for a host (`IP:…` or `DNS:…`) or, by its common name, for a user; a day ago where it is to be over. */
    sign(name: string, { host = '', days = 2, password = '' } = {}): Identity {
      const [certificate, key, request, extension] = ['pem', 'key', 'csr', 'ext'].map(
        (end) => `${name}.${end}`,
      ) as [string, string, string, string];
      const protection = password === '' ? ['-nodes'] : ['-passout', `pass:${password}`];
      run('req', ...newKey, ...protection, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
      writeFileSync(file(extension), host === '' ? '' : `subjectAltName=${host}\n`);
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-extfile', extension, '-days', String(days)];
      run('x509', '-req', '-in', request, ...signed, '-out', certificate);
      return { certificate: file(certificate), key: file(key) };
    },
    [Symbol.asyncDispose]: () => directory.remove(),
  };
}
