import '../config/node-version.js';
import { parseArgs } from 'node:util';
import { insertApiClient, listApiClients, revokeApiClient } from '../auth/api-client.repository.ts';
import { generateSecret, hashSecret } from '../auth/secret.ts';
import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { failWithOneLine, StartError } from '../config/start-error.ts';
import type { Db } from '../database/database.ts';
import { openDatabase } from '../database/open.ts';
import { describeProblem } from '../database/problems.ts';

const usage =
  'Usage: npm run client -- add NAME --org ORG --user USER --access read|write | list | revoke NAME\n' +
  'NAME has 1 to 64 letters, digits, dots, dashes and underscores; ORG and USER are integers.';

await main().catch(failWithOneLine);

async function main(): Promise<void> {
  const run = parseCommand();
  const config = loadConfig();
  const database = await openDatabase(config, createLogger(config));
  try {
    await run(database.db);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`The command failed on a database ${describeProblem(error)}`);
  } finally {
    await database.close();
  }
}

function parseCommand(): (db: Db) => Promise<void> {
  const { positionals, values } = parseWords();
  const [command, name = '', ...rest] = positionals;
  const isNamed = /^[A-Za-z0-9._-]{1,64}$/.test(name) && rest.length === 0;
  const hasOptions = Object.keys(values).length > 0;
  if (command === 'list' && positionals.length === 1 && !hasOptions) return list;
  if (command === 'revoke' && isNamed && !hasOptions) return (db) => revoke(db, name);
  if (command === 'add' && isNamed && (values.access === 'read' || values.access === 'write')) {
    const client = {
      name,
      orgId: parseInt32('--org', values.org),
      userId: parseInt32('--user', values.user),
      canWrite: values.access === 'write',
    };
    return (db) => add(db, client);
  }
  throw new StartError(usage);
}

function parseWords() {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({ allowPositionals: true, options: { org: option, user: option, access: option } });
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`);
  }
}

function parseInt32(option: string, value: string | undefined): number {
  const number = Number(value);
  if (value !== undefined && /^\d{1,10}$/.test(value) && number <= 2_147_483_647) return number;
  throw new StartError(
    `${option} is ${value ?? 'missing'}, but must be a whole number from 0 to 2147483647.`,
  );
}

async function add(
  db: Db,
  client: { name: string; orgId: number; userId: number; canWrite: boolean },
): Promise<void> {
  const secret = generateSecret();
  if (!(await insertApiClient(db, { ...client, secretHash: hashSecret(secret) }))) {
    throw new StartError(
      `There is a client "${client.name}" already, perhaps a revoked one: choose another name.`,
    );
  }
  console.log(
    `Client "${client.name}" may ${client.canWrite ? 'read and write' : 'read'} in org ${client.orgId}.`,
  );
  console.log(`Its secret, shown this once: ${secret}`);
}

async function list(db: Db): Promise<void> {
  const clients = await listApiClients(db);
  const rows = clients.map(({ name, orgId, userId, canWrite, createdOn, revokedOn }) => ({
    name,
    org: orgId,
    user: userId,
    access: canWrite ? 'write' : 'read',
    created: formatInstant(createdOn),
    revoked: revokedOn === null ? '' : formatInstant(revokedOn),
  }));
  if (rows.length === 0) console.log('There are no clients yet.');
  else console.table(rows);
}

async function revoke(db: Db, name: string): Promise<void> {
  if (!(await revokeApiClient(db, name))) throw new StartError(`There is no client "${name}" to revoke.`);
  console.log(`Client "${name}" is revoked: running services refuse it within 10 seconds.`);
}

function formatInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
