import '../config/node-version.js';
import {
  deleteRevokedApiClient,
  insertApiClient,
  listApiClients,
  revokeApiClient,
} from '../auth/api-client.repository.ts';
import { rememberClientMs } from '../auth/authenticator.ts';
import { generateSecret, hashSecret } from '../auth/secret.ts';
import { StartError } from '../config/start-error.ts';
import { wrong } from '../config/variables.ts';
import type { Db } from '../database/database.ts';
import { type Command, runOnDatabase } from './command.ts';
import { parseInt32, readWords } from './words.ts';

const usage =
  'Usage: npm run client -- add NAME --org ORG --user USER --access read|write | list | revoke NAME | delete NAME\n' +
  'NAME has 1 to 64 letters, digits, dots, dashes and underscores; ORG and USER are integers.';

await runOnDatabase(parseCommand, { usage });

function parseCommand(): Command {
  const [command, ...args] = process.argv.slice(2);
  switch (command) {
    case 'add': {
      const client = parseClient(args);
      return (db) => add(db, client);
    }
    case 'list':
      readWords(command, args);
      return list;
    case 'revoke':
    case 'delete': {
      const { words } = readWords(command, args, { words: ['NAME'] });
      const name = parseName(words[0]);
      return (db) => (command === 'revoke' ? revoke(db, name) : forget(db, name));
    }
    default:
      throw wrong('The command', command, 'one of add, list, revoke, delete');
  }
}

function parseClient(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { words, options } = readWords('add', args, {
    words: ['NAME'],
    options: { org: text, user: text, access: text },
  });
  const { org, user, access } = options;
  const name = parseName(words[0]);
  const [orgId, userId] = [parseInt32('--org', org), parseInt32('--user', user)];
  if (access !== 'read' && access !== 'write') throw wrong('--access', access, 'read or write');
  return { name, orgId, userId, canWrite: access === 'write' };
}

function parseName(given: string | undefined): string {
  if (given !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
  throw wrong('NAME', given, '1 to 64 letters, digits, dots, dashes and underscores');
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
