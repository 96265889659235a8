import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBenchServer } from '../database.ts';
import { moveToServerCore, pinToOtherCores } from '../machine.ts';
import { ServerProcess } from '../server-process.ts';
import { addClient, migrate, startCommand } from '../service.ts';
import { caller, fill, ourTable } from '../tables.ts';

/**
 * The service as users run it, on a Postgres server with 101 orgs of 1,000 groups and a large one. Where processes are pinned, the two
 * share a core, so that those who measure have one of their own, and do not take for the service's delay what is theirs.
 */
export interface FloodedService {
  readonly url: string;
  /** Credentials of an org of its own. */
  readonly quiet: string;
  /** Those of ten others. */
  readonly loud: readonly string[];
  /** Those of one more, with many groups. */
  readonly large: string;
  stop(): Promise<void>;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly pinned?: boolean;
  /** Of the large org. */
  readonly groups?: number;
}

const largeOrg = 200;

export async function startFloodedService(
  checkout: string,
  { env = {}, pinned = true, groups = 20_000 }: Options = {},
): Promise<FloodedService> {
  const logs = mkdtempSync(join(tmpdir(), 'badge-groups-flood-'));
  const pinning = pinned ? pinToOtherCores() : undefined;
  const postgres = await openBenchServer(undefined);
  if (postgres.postmaster !== undefined) moveToServerCore(pinning, postgres.postmaster);
  let server: ServerProcess | undefined;
  async function stop(): Promise<void> {
    await server?.stop();
    await postgres.stop();
    rmSync(logs, { recursive: true });
  }
  try {
    const database = await postgres.create('flood');
    await migrate(checkout, database.url);
    await fill(database, ourTable);
    await database.query(
      `insert into ${ourTable} (org_id, id, name, rank, created_by, updated_by)
       select $1::int, lpad(to_hex(n), 24, '0'), 'Group ' || n, n % 100, 1, 1 from generate_series(1, $2::int) as n`,
      [largeOrg, groups],
    );
    await database.query(`vacuum analyze ${ourTable}`);
    const quiet = await addClient(checkout, database.url, caller.orgId);
    const loud: string[] = [];
    for (let orgId = 1; orgId <= 10; orgId += 1) loud.push(await addClient(checkout, database.url, orgId));
    const large = await addClient(checkout, database.url, largeOrg);
    const command = startCommand(checkout, database.url);
    server = await ServerProcess.start(
      { ...command, env: { ...command.env, ...env } },
      { log: join(logs, 'log'), pinning },
    );
    return { url: server.url, quiet, loud, large, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
