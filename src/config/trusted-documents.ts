import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';
import { type Env, wrong } from './variables.ts';

/** The only documents that run. */
export interface Manifest {
  readonly file: string;
  /** By the ids that client tools gave them. */
  readonly documents: ReadonlyMap<string, string>;
}

const variable = 'TRUSTED_DOCUMENTS';
const minSecretLength = 32;

/** Reads the file that TRUSTED_DOCUMENTS names, in any of three formats. What the documents say is not looked at. */
export function readManifest(env: Env): Manifest | undefined {
  const file = env[variable];
  if (!file) return undefined;
  const entries = findEntries(readJson(file));
  if (!entries?.length) throw createManifestError(file, 'holds no such documents');
  return { file, documents: new Map(entries) };
}

/** For a file that will not do; `problem` goes on after “this one”. */
export function createManifestError(file: string, problem: string): StartError {
  const tools = 'the tools of Apollo, Relay or GraphQL Code Generator';
  return wrong(
    variable,
    file,
    `a JSON file of documents by their ids, as ${tools} write it; this one ${problem}`,
  );
}

/** The secrets by which gateways are known, who may ask for other documents, too. */
export function readGatewaySecrets(env: Env): string[] {
  const value = env['GATEWAY_SECRET'];
  if (!value) return [];
  const secrets = value.split(',');
  // The value is not repeated.
  if (secrets.every((secret) => secret.length >= minSecretLength && /^[!-~]+$/.test(secret))) return secrets;
  throw new StartError(
    `GATEWAY_SECRET is wrong: it must be ${minSecretLength} or more printable ASCII characters without blanks, or several of the kind with commas.`,
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw createManifestError(file, code === undefined ? 'is no JSON' : `cannot be read (${code})`);
  }
}

/** Undefined where one of them is no text by an id. */
function findEntries(manifest: unknown): [id: string, text: string][] | undefined {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return undefined;
  const entries =
    'format' in manifest && manifest.format === 'apollo-persisted-query-manifest'
      ? findApolloEntries(manifest)
      : Object.entries(manifest);
  return entries.every(([id, text]) => typeof id === 'string' && typeof text === 'string')
    ? (entries as [string, string][])
    : undefined;
}

function findApolloEntries(manifest: object): [unknown, unknown][] {
  const operations =
    'operations' in manifest && Array.isArray(manifest.operations) ? manifest.operations : [];
  return operations.map((operation) => [operation?.id, operation?.body]);
}
