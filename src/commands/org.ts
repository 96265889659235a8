import '../config/node-version.js';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { rememberClientMs } from '../auth/authenticator.ts';
import { StartError } from '../config/start-error.ts';
import { wrong } from '../config/variables.ts';
import type { Db } from '../database/database.ts';
import { exportOrg } from '../org/export.ts';
import { importOrg } from '../org/import.ts';
import { countOrg, eraseOrg, listOrgs, type OrgCounts } from '../org/org.ts';
import { type Command, runOnDatabase } from './command.ts';
import { parseInt32, readWords } from './words.ts';

const usage =
  'Usage: npm run --silent org -- list | export ORG [--with-secret-hashes] | import FILE | erase ORG [--confirm ORG]';

// All of an org takes its time, and who reads an export may let it wait: nothing is bounded.
await runOnDatabase(parseCommand, { usage, limits: {} });

function parseCommand(): Command {
  const [command, ...args] = process.argv.slice(2);
  switch (command) {
    case 'list':
      readWords(command, args);
      return list;
    case 'export': {
      const { words, options } = readWords(command, args, {
        words: ['ORG'],
        options: { 'with-secret-hashes': { type: 'boolean' } },
      });
      const orgId = parseInt32('ORG', words[0]);
      return (db) => writeExport(db, orgId, { withSecretHashes: options['with-secret-hashes'] ?? false });
    }
    case 'import': {
      const [file] = readWords(command, args, { words: ['FILE'] }).words;
      if (file === undefined) throw wrong('FILE', file, 'the file of an export');
      return (db) => importFile(db, file);
    }
    case 'erase': {
      const { words, options } = readWords(command, args, {
        words: ['ORG'],
        options: { confirm: { type: 'string' } },
      });
      const [org] = words;
      const { confirm } = options;
      const orgId = parseInt32('ORG', org);
      if (confirm !== undefined && confirm !== org) throw wrong('--confirm', confirm, `the ORG, ${org}`);
      return (db) => erase(db, orgId, confirm !== undefined);
    }
    default:
      throw wrong('The command', command, 'one of list, export, import, erase');
  }
}

async function list(db: Db): Promise<void> {
  for (const orgId of await listOrgs(db)) console.log(orgId);
}

async function writeExport(db: Db, orgId: number, options: { withSecretHashes: boolean }): Promise<void> {
  let unwritten: Error | undefined;
  process.stdout.once('error', (error) => {
    unwritten = error;
  });
  await pipeline(exportOrg(db, orgId, options), process.stdout, { end: false }).catch((error) => {
    if (error !== unwritten) throw error;
    throw new StartError(`The export is not whole: it cannot be written (${error.message}).`);
  });
}

async function importFile(db: Db, file: string): Promise<void> {
  const { orgId, counts, clientsLeftOut } = await importOrg(db, readFile(file));
  console.log(`Org ${orgId} is imported: ${describeCounts(counts)}.`);
  if (clientsLeftOut === 0) return;
  console.log(
    `${clientsLeftOut} client(s) were left out, without the hash of a secret in the export, or demo clients.`,
  );
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (error) {
    throw new StartError(`${file} cannot be read: ${(error as Error).message}.`);
  }
}

async function erase(db: Db, orgId: number, isConfirmed: boolean): Promise<void> {
  const held = await countOrg(db, orgId);
  if (Object.values(held).every((count) => count === 0)) {
    console.log(`There is nothing of org ${orgId}.`);
    return;
  }
  if (!isConfirmed) {
    throw new StartError(
      `Org ${orgId} has ${describeCounts(held)}. To erase all of it, for good: npm run org -- erase ${orgId} --confirm ${orgId}`,
    );
  }
  console.log(`Org ${orgId} is erased: ${describeCounts(await eraseOrg(db, orgId))}.`);
  if (held.client === 0) return;
  console.log(
    `Running services refuse its clients within ${rememberClientMs / 1_000} seconds: run this again then, for what they have written meanwhile.`,
  );
}

function describeCounts({ client, badgeGroup, version }: OrgCounts): string {
  return `${client} client(s), ${badgeGroup} badge group(s), ${version} version(s)`;
}
