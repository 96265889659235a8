/** How TLS is spoken to a database; its files are read for each connection, so that they may be renewed. */
export interface DatabaseTls {
  /** Whether the certificate has to be signed by an authority that is trusted, and whether it has to name the host. */
  readonly checks: 'nothing' | 'authority' | 'authority and host';
  /** The authorities that are trusted: a file, or `system`. Absent: those that Node brings along. */
  readonly authorities: string | undefined;
  /** Files that say who we are. */
  readonly identity: { readonly certificate: string; readonly key: string } | undefined;
  readonly keyPassword: string | undefined;
  /** Whether TLS begins at once, and is not asked for first. */
  readonly isDirect: boolean;
}

/** The last is the driver's: `require`, whatever sslrootcert says. */
export const sslModes = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const;

/** What is wrong with a parameter, as the end of a sentence that begins with the variable's name. */
export class WrongParameter extends Error {
  override name = 'WrongParameter';
}

/** As libpq understands them, but where there is no sslmode: none then, and `verify-full` beside a file. */
export function readTls(given: ReadonlyMap<string, string>): DatabaseTls | undefined {
  const authorities = given.get('sslrootcert');
  const [certificate, key] = [given.get('sslcert'), given.get('sslkey')];
  const isDirect = given.get('sslnegotiation') === 'direct';
  const hasFile = [authorities, certificate, key].some((file) => file !== undefined);
  const mode = given.get('sslmode') ?? (hasFile ? 'verify-full' : 'disable');

  if (mode === 'disable' && isDirect) refuse('sslnegotiation=direct', 'sslmode=verify-full');
  if (mode === 'verify-ca' && authorities === undefined) refuse('sslmode=verify-ca', 'sslrootcert=ca.pem');
  if (mode !== 'verify-full' && authorities === 'system') refuse('sslrootcert=system', 'sslmode=verify-full');
  if (certificate !== undefined && key === undefined) refuse('sslcert', 'sslkey');
  if (certificate === undefined && key !== undefined) refuse('sslkey', 'sslcert');
  if (mode === 'disable') return undefined;
  return {
    checks: findChecks(mode, authorities),
    authorities,
    identity: certificate === undefined || key === undefined ? undefined : { certificate, key },
    keyPassword: given.get('sslpassword'),
    isDirect,
  };
}

function findChecks(mode: string, authorities: string | undefined): DatabaseTls['checks'] {
  if (mode === 'verify-full') return 'authority and host';
  const isChecked = mode === 'verify-ca' || (mode === 'require' && authorities !== undefined);
  return isChecked ? 'authority' : 'nothing';
}

function refuse(parameter: string, other: string): never {
  throw new WrongParameter(`has ${parameter}, which needs ${other} beside it`);
}
