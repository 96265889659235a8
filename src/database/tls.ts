import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import type { DatabaseTls } from '../config/database-tls.ts';
import { DatabaseProblem } from './problems.ts';

/**
 * What Node's `tls.connect` needs to know, read from the files as they are now. Throws DatabaseProblem for one that
 * cannot be used: told by Node, it would be told of none by name.
 */
export function readTlsOptions({
  checks,
  authorities,
  identity,
  keyPassword,
}: DatabaseTls): ConnectionOptions {
  return {
    rejectUnauthorized: checks !== 'nothing',
    ...(checks === 'authority' && { checkServerIdentity: () => undefined }),
    ...(checks !== 'nothing' && authorities && { ca: readAuthorities(authorities) }),
    ...(identity && readIdentity(identity, keyPassword)),
  };
}

function readAuthorities(file: string): string | string[] {
  if (file === 'system') return getCACertificates('system');
  const text = readText('sslrootcert', file);
  readCertificate('sslrootcert', file, text);
  return text;
}

function readIdentity({ certificate, key }: NonNullable<DatabaseTls['identity']>, passphrase = '') {
  const cert = readText('sslcert', certificate);
  const text = readText('sslkey', key);
  const parsed = use('sslkey', key, 'a private key in PEM, and its sslpassword where it has one', () =>
    createPrivateKey({ key: text, passphrase }),
  );
  if (!readCertificate('sslcert', certificate, cert).checkPrivateKey(parsed)) {
    throw new DatabaseProblem(
      'whose sslkey is not that of sslcert: name two in the URL that belong together.',
    );
  }
  return { cert, key: text, passphrase };
}

function readCertificate(name: string, file: string, text: string): X509Certificate {
  return use(name, file, 'certificates in PEM', () => new X509Certificate(text));
}

function readText(name: string, file: string): string {
  return use(name, file, 'a file that this user may read', () => readFileSync(file, 'utf8'));
}

function use<T>(name: string, file: string, wanted: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    throw new DatabaseProblem(`whose ${name} cannot be used (${file}: ${message}): name ${wanted}.`);
  }
}
