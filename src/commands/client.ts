import '../config/node-version.js';
import { parseArgs } from 'node:util';
import {
  deleteRevokedApiClient,
  insertApiClient,
  listApiClients,
  revokeApiClient,
} from '../auth/api-client.repository.ts';
import { rememberClientMs } from '../auth/authenticator.ts';
import { generateSecret, hashSecret } from '../auth/secret.ts';
import { StartError } from '../config/start-error.ts';
import type { Db } from '../database/database.ts';
import { type Command, parseInt32, runOnDatabase } from './command.ts';

const usage =
  'Usage: npm run client -- add NAME --org ORG --user USER --access read|write | list | revoke NAME | delete NAME\n' +
  'NAME has 1 to 64 letters, digits, dots, dashes and underscores; ORG and USER are integers.';

await runOnDatabase(parseCommand);

function parseCommand(): Command {
  const { positionals, values } = parseWords();
  const [command, name = '', ...rest] = positionals;
  const isNamed = /^[A-Za-z0-9._-]{1,64}$/.test(name) && rest.length === 0;
  const hasOptions = Object.keys(values).length > 0;
  if (command === 'list' && positionals.length === 1 && !hasOptions) return list;
  if (command === 'revoke' && isNamed && !hasOptions) return (db) => revoke(db, name);
  if (command === 'delete' && isNamed && !hasOptions) return (db) => forget(db, name);
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
  console.log(
    `Client "${name}" is revoked: running services refuse it within ${rememberClientMs / 1_000} seconds.`,
  );
}

async function forget(db: Db, name: string): Promise<void> {
  if (!(await deleteRevokedApiClient(db, name))) {
    throw new StartError(`There is no revoked client "${name}": only a revoked one can be deleted.`);
  }
  console.log(`Client "${name}" is deleted: its name is free.`);
}

function formatInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
