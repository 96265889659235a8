/**
 * A service process under load on a Postgres server of its own, whose connections are killed at random and which is
 * itself killed and started again; for as many seconds as the argument says (600; at least 20, at most 3600).
 * Ends with the counts, and with exit code 1 when a create that was acknowledged is not there.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { readSeconds } from '../support/arguments.ts';
import { startMigratedServer } from '../support/databases.ts';
import { CreateBadgeGroup, FindBadgeGroup } from '../support/graphql.ts';
import { addClient, ServiceProcess } from '../support/process.ts';
import { type Answer, TestCaller } from '../support/service.ts';

const seconds = readSeconds('soak', 600, { min: 20, max: 3_600 });
const writers = 8;
const readers = 8;
const restarts = 5;

const errors: Record<string, number> = {};
/** The id of each group whose create was acknowledged. */
const acknowledged: string[] = [];
let requests = 0;
let foundByRetry = 0;
let killedConnections = 0;
let slowestMs = 0;
let isOver = false;

const server = await startMigratedServer({ durable: true });
try {
  await using service = await ServiceProcess.start({ DATABASE_URL: server.url() });
  const caller = new TestCaller(service, await addClient(server.url()));
  const memoryAtStart = readMemory(service);
  await soak(caller);
  const memoryAtEnd = readMemory(service);
  const { exit } = await service.stop();
  const lost = await countLost();
  console.log({
    seconds,
    requests,
    acknowledged: acknowledged.length,
    lost,
    foundByRetry,
    errors,
    slowestMs: Math.round(slowestMs),
    killedConnections,
    restarts,
    memoryAtStart,
    memoryAtEnd,
    exit,
  });
  process.exitCode = lost === 0 && exit === 0 ? 0 : 1;
} finally {
  await server.stop();
}

async function soak(caller: TestCaller): Promise<void> {
  const workers = [
    ...Array.from({ length: writers }, (_, writer) => write(caller, writer)),
    ...Array.from({ length: readers }, () => read(caller)),
    killConnections(),
  ];
  for (let restart = 0; restart < restarts; restart += 1) {
    await sleep((seconds * 1_000) / (restarts + 1));
    await server.kill('SIGKILL');
    await sleep(randomInt(500, 1_500));
    await server.start();
  }
  await sleep((seconds * 1_000) / (restarts + 1));
  isOver = true;
  await Promise.all(workers);
}

/** Tries each create until its outcome is known, as a client should. */
async function write(caller: TestCaller, writer: number): Promise<void> {
  for (let count = 0; !isOver; count += 1) {
    const input = { name: `Group ${count} of ${writer}`, rank: count % 100 };
    for (let isKnown = false; !isKnown; ) {
      const data = await ask(() => caller.execute(CreateBadgeGroup, { input }));
      const outcome = data?.createBadgeGroup;
      if (outcome?.__typename === 'BadgeGroup') acknowledged.push(outcome.id);
      if (outcome?.__typename === 'BadgeGroupNameNotUniqueError' && outcome.existingGroup) {
        foundByRetry += 1;
        acknowledged.push(outcome.existingGroup.id);
      }
      isKnown = outcome != null;
    }
  }
}

async function read(caller: TestCaller): Promise<void> {
  while (!isOver) {
    const id = acknowledged[randomInt(acknowledged.length + 1)] ?? '0'.repeat(24);
    const data = await ask(() => caller.execute(FindBadgeGroup, { id }));
    if (data?.badgeGroup === null && acknowledged.includes(id)) count('an acknowledged group not found');
    await ask(() =>
      caller.execute('{ badgeGroupsConnection(first: 20) { totalCount edges { node { name } } } }'),
    );
  }
}

async function ask<Data>(send: () => Promise<Answer<Data>>): Promise<Data | null | undefined> {
  await sleep(randomInt(20));
  requests += 1;
  const askedAt = performance.now();
  try {
    const { data, errors = [] } = await send();
    for (const { extensions } of errors) count(String(extensions?.['code']));
    // What an error has nulled says nothing.
    return errors.length === 0 ? data : undefined;
  } catch (error) {
    count(`no answer: ${(error as Error).message}`);
    return undefined;
  } finally {
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
  }
}

function count(error: string): void {
  errors[error] = (errors[error] ?? 0) + 1;
}

/** One of the service's at a time, in use or not. */
async function killConnections(): Promise<void> {
  while (!isOver) {
    await sleep(randomInt(1_000));
    const { rowCount } = await query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'badge-groups' order by random() limit 1`,
    ).catch(() => ({ rowCount: 0 }));
    killedConnections += rowCount ?? 0;
  }
}

async function countLost(): Promise<number> {
  const { rows } = await query<{ id: string }>('select id from badge_group');
  const kept = new Set(rows.map(({ id }) => id));
  return acknowledged.filter((id) => !kept.has(id)).length;
}

async function query<Row extends object>(sql: string) {
  const client = new Client({ connectionString: server.url() });
  client.on('error', () => {});
  await client.connect();
  return await client.query<Row>(sql).finally(() => client.end());
}

function readMemory({ pid }: ServiceProcess): string {
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return `${Math.round(Number(kilobytes) / 1024)} MB`;
}
