import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from './database.ts';
import { type Direction, isPassing, tryStep } from './migration-step.ts';
import { prepareTables } from './migration-tables.ts';
import {
  findMigrations,
  loadMigration,
  type Migrations,
  migrationFolder,
  refuseNewer,
} from './migrations.ts';
import { DatabaseProblem } from './problems.ts';

/** How long a migration waits for what others hold, in milliseconds. */
export interface Patience {
  /** For one lock: whoever asks for the table after us waits as long, and a request has no more than 2 s. */
  readonly lock: number;
  /** Before it tries again, so that those get through. */
  readonly pause: number;
  /** Altogether. */
  readonly all: number;
}

export interface MigrateOptions {
  readonly folder?: string;
  readonly patience?: Patience;
  /** Takes a line for each migration that is done, and for what one waits for. */
  readonly say?: (line: string) => void;
}

const defaults: Required<MigrateOptions> = {
  folder: migrationFolder,
  patience: { lock: 500, pause: 2_000, all: 300_000 },
  say: () => {},
};

/** How soon a process looks again whether another one has run the migration. */
const turnMs = 200;

/**
 * Runs what is pending, one by one, and returns the names. Any number of processes may do so at once, through a pooler
 * too: one of them runs a migration, the others wait. Throws what a migration threw, which leaves no trace, and
 * DatabaseProblem when others held its locks for too long.
 */
export async function migrateToLatest(db: Db, options: MigrateOptions = {}): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const name = await takeStep(db, 'up', { ...defaults, ...options });
    if (name === undefined) return names;
    names.push(name);
  }
}

/** Undoes the newest migration and returns its name. Throws DatabaseProblem when that is one of a newer release. */
export async function migrateDown(db: Db, options: MigrateOptions = {}): Promise<string | undefined> {
  return await takeStep(db, 'down', { ...defaults, ...options });
}

async function takeStep(db: Db, direction: Direction, options: Required<MigrateOptions>) {
  const { folder, patience, say } = options;
  let giveUpAt = Infinity;
  let obstacle = '';
  for (;;) {
    const name = choose(direction, await findMigrations(db, folder));
    if (name === undefined) return undefined;
    await prepareTables(db);
    const step = { name, direction, migration: await loadMigration(folder, name) };
    const meet = (seen: string): void => {
      if (seen !== obstacle) say(`waiting  ${name}: for ${seen}`);
      obstacle = seen;
    };
    try {
      if (await tryStep(db, step, { lockMs: patience.lock, meet })) {
        say(`${direction === 'up' ? 'done  ' : 'undone'}   ${name}`);
        return name;
      }
      meet('another process that migrates this database');
      await sleep(turnMs);
    } catch (error) {
      if (!isPassing(error, step)) throw error;
      giveUpAt = Math.min(giveUpAt, performance.now() + patience.all);
      if (performance.now() >= giveUpAt) {
        throw new DatabaseProblem(
          `on which ${name} has waited ${patience.all / 1_000} s for ${obstacle || 'others'}: see to that, and run it again.`,
        );
      }
      await sleep(patience.pause);
    }
  }
}

function choose(direction: Direction, migrations: Migrations): string | undefined {
  const { done, pending, unknown } = migrations;
  const next = direction === 'up' ? pending[0] : done.at(-1);
  const isBeyondUs = direction === 'up' ? unknown.length > 0 : next !== undefined && unknown.includes(next);
  if (next !== undefined && isBeyondUs) throw refuseNewer(migrations);
  return next;
}
