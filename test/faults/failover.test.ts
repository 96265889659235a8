import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { insertApiClient } from '../../src/auth/api-client.repository.ts';
import { generateSecret, hashSecret } from '../../src/auth/secret.ts';
import { connectPatiently, startMigratedServer } from '../support/databases.ts';
import { CreateBadgeGroup, graphql } from '../support/graphql.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { ServiceProcess } from '../support/process.ts';
import { openRelay } from '../support/relay.ts';
import {
  type Answer,
  type BadgeGroup,
  basic,
  type Outcome as CreateOutcome,
  TestCaller,
} from '../support/service.ts';
import { query, type Replication, startStandby } from '../support/standby.ts';

const workers = 8;

const ListNames = graphql('{ badgeGroups(first: 20) { id name lastUpdatedOn } }');

test.each([
  { replication: 'synchronous', addressMoves: 'before' },
  { replication: 'synchronous', addressMoves: 'after' },
  { replication: 'asynchronous', addressMoves: 'after' },
  { replication: 'synchronous', addressMoves: 'never' },
] as const)(
  'a $replication standby that is promoted serves within 2 s, where the address moves $addressMoves (never: the URL names both)',
  async ({ replication, addressMoves }) => {
    await using cluster = await startCluster(replication);
    const { primary, standby, relay } = cluster;
    const url = addressMoves === 'never' ? nameBoth(primary, standby) : relay.url;
    await using service = await ServiceProcess.start({ DATABASE_URL: url, LOG_LEVEL: 'warn' });
    await using load = new Load(service, await addCaller(primary, service));
    await load.expectEach({ write: 'good', read: 'good' });
    if (replication === 'asynchronous') {
      await standby.fallBehind();
      await load.expectEach({ write: 'good', read: 'good' });
    }

    await primary.crash();
    await load.expectEach({ write: 'unavailable', read: 'unavailable' });
    if (addressMoves === 'before') {
      relay.leadTo(standby.url());
      await load.expectEach({ write: 'unavailable', read: 'good' });
    }
    const promotedAt = performance.now();
    await standby.promote();
    if (addressMoves === 'after') relay.leadTo(standby.url());
    await load.expectEach({ write: 'good', read: 'good' });
    await load.end();

    expect(load.wrong).toEqual([]);
    expect(load.findSlowestMs()).toBeLessThan(5_000);
    expect(load.findRecoveryMs('read', promotedAt)).toBeLessThan(2_000);
    expect(load.findRecoveryMs('write', promotedAt)).toBeLessThan(2_000);
    expect((await fetch(new URL('/ready', service.url))).status).toBe(200);
    // Also takes out of the system what the crash has left in it.
    await primary.start();
    const acknowledged = load.created.filter(({ answeredAt }) => answeredAt < promotedAt);
    expect(findMissing(acknowledged, await readGroups(primary))).toEqual([]);
    const missing = findMissing(load.created, await readGroups(standby));
    if (replication === 'synchronous') expect(missing).toEqual([]);
    else expectLast(missing, acknowledged);
  },
);

interface Created {
  readonly id: string;
  readonly name: string;
  readonly lastUpdatedOn: number;
  /** For the first time. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

type Kind = 'write' | 'read';
type Outcome = 'good' | 'unavailable' | 'wrong';

interface Asked {
  readonly kind: Kind;
  readonly worker: number;
  readonly outcome: Outcome;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Clients that create and list until it ends; each tries a create until it knows the outcome, as a client should. */
class Load {
  /** What was acknowledged, be it by error 733 after an outcome that was open. */
  readonly created: Created[] = [];
  /** Answers that are neither good nor what a client is to get of a database that is away. */
  readonly wrong: unknown[] = [];
  readonly #asked: Asked[] = [];
  readonly #service: ServiceProcess;
  readonly #caller: TestCaller;
  readonly #work: Promise<unknown>;
  #isOver = false;

  constructor(service: ServiceProcess, caller: TestCaller) {
    this.#service = service;
    this.#caller = caller;
    const each = Array.from({ length: workers }, (_, worker) => [this.#write(worker), this.#read(worker)]);
    this.#work = Promise.all(each.flat());
  }

  /** Waits until every client has had such an answer to what it asked from now on. */
  async expectEach(wanted: Record<Kind, Outcome>): Promise<void> {
    const since = performance.now();
    const countClients = () => {
      const clients = this.#asked
        .filter(({ kind, outcome, askedAt }) => askedAt >= since && outcome === wanted[kind])
        .map(({ kind, worker }) => `${kind} ${worker}`);
      return { clients: new Set(clients).size, wrong: this.wrong };
    };
    await expect.poll(countClients).toEqual({ clients: 2 * workers, wrong: [] });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  findSlowestMs(): number {
    return Math.max(...this.#asked.map(({ askedAt, answeredAt }) => answeredAt - askedAt));
  }

  /** How long it took until something that was asked for after that had a good answer. */
  findRecoveryMs(wanted: Kind, since: number): number {
    const good = this.#asked.filter(
      ({ kind, outcome, askedAt }) => kind === wanted && outcome === 'good' && askedAt >= since,
    );
    return Math.min(...good.map(({ answeredAt }) => answeredAt)) - since;
  }

  async #write(worker: number): Promise<void> {
    const { authorization } = this.#caller;
    for (let count = 0; !this.#isOver; count += 1) {
      const input = { name: `Group ${count} of ${worker}`, rank: count % 100 };
      let firstAskedAt: number | undefined;
      for (let isKnown = false; !isKnown && !this.#isOver; ) {
        const { data, askedAt, answeredAt } = await this.#ask('write', worker, () =>
          this.#service.execute(CreateBadgeGroup, { input }, { authorization }),
        );
        const isRetry = firstAskedAt !== undefined;
        firstAskedAt ??= askedAt;
        const outcome = data?.createBadgeGroup;
        if (!outcome) continue;
        isKnown = true;
        const group = findGroup(outcome, isRetry);
        if (group?.name !== input.name || group.createdBy !== this.#caller.userId) this.wrong.push(outcome);
        else this.created.push({ ...group, askedAt: firstAskedAt, answeredAt });
      }
    }
  }

  async #read(worker: number): Promise<void> {
    for (let count = 1; !this.#isOver; count += 1) {
      // Half of them are never remembered, because they write it otherwise each time: they are looked up as well.
      const spaces = worker % 2 === 0 ? ' ' : ' '.repeat(count);
      const authorization = this.#caller.authorization.replace(' ', spaces);
      await this.#ask('read', worker, () => this.#service.execute(ListNames, {}, { authorization }));
    }
  }

  async #ask<Data>(kind: Kind, worker: number, send: () => Promise<Answer<Data>>) {
    await sleep(randomInt(20));
    const askedAt = performance.now();
    const answer = await send().catch((error: unknown) => error as Error);
    const answeredAt = performance.now();
    const outcome = judge(answer);
    if (outcome === 'wrong') this.wrong.push(answer);
    this.#asked.push({ kind, worker, outcome, askedAt, answeredAt });
    return { data: answer instanceof Error ? undefined : answer.data, askedAt, answeredAt };
  }
}

/** What a create has made, or has found by error 733 where an earlier try may have made it. */
function findGroup(outcome: CreateOutcome, isRetry: boolean): BadgeGroup | null {
  if (outcome.__typename === 'BadgeGroup') return outcome;
  return isRetry && outcome.__typename === 'BadgeGroupNameNotUniqueError' ? outcome.existingGroup : null;
}

function judge(answer: Answer<unknown> | Error): Outcome {
  if (answer instanceof Error) return 'wrong';
  const { status, headers, data, errors } = answer;
  if (status === 200 && errors === undefined) return 'good';
  const isToBeTriedAgain = status === 503 && headers.get('retry-after') === '1' && data == null;
  const isUnavailable = errors?.every(({ extensions }) => extensions?.['code'] === 'SERVICE_UNAVAILABLE');
  return isToBeTriedAgain && isUnavailable ? 'unavailable' : 'wrong';
}

function findMissing(created: readonly Created[], groups: readonly Group[]): Created[] {
  const kept = new Map(groups.map((group) => [group.id, group]));
  return created.filter(({ id, name, lastUpdatedOn }) => {
    const group = kept.get(id);
    return group?.name !== name || group.lastUpdatedOn !== lastUpdatedOn;
  });
}

/**
 * What an asynchronous standby may lose: the last that its primary acknowledged. None of it had been acknowledged before
 * something was asked for that is there, and nothing was acknowledged by the standby itself.
 */
function expectLast(missing: readonly Created[], acknowledged: readonly Created[]): void {
  expect(missing.length).toBeGreaterThanOrEqual(workers);
  expect(missing.filter((group) => !acknowledged.includes(group))).toEqual([]);
  const kept = acknowledged.filter((group) => !missing.includes(group));
  const lastAskedAt = Math.max(...kept.map(({ askedAt }) => askedAt));
  expect(missing.filter(({ answeredAt }) => answeredAt < lastAskedAt)).toEqual([]);
}

interface Group {
  readonly id: string;
  readonly name: string;
  readonly lastUpdatedOn: number;
}

async function readGroups(server: PostgresServer): Promise<Group[]> {
  return await query<Group>(
    server,
    'select id, name, extract(epoch from updated_at)::float8 as "lastUpdatedOn" from badge_group',
  );
}

/** A primary that is migrated, its standby, and an address that leads to the primary. */
async function startCluster(replication: Replication) {
  await using started = new AsyncDisposableStack();
  const primary = await startMigratedServer({ durable: true });
  started.defer(() => primary.stop());
  const standby = await startStandby(primary, replication);
  started.defer(() => standby.stop());
  const relay = await openRelay(primary.url());
  started.defer(() => relay.cut());
  const running = started.move();
  return { primary, standby, relay, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function nameBoth(primary: PostgresServer, standby: PostgresServer): string {
  const [one, other] = [primary, standby].map((server) => new URL(server.url()));
  return `postgres://postgres@${one?.host},${other?.host}${one?.pathname}`;
}

async function addCaller(primary: PostgresServer, service: ServiceProcess): Promise<TestCaller> {
  const caller = { orgId: 7, userId: 8, canWrite: true };
  const name = randomUUID();
  const secret = generateSecret();
  const db = connectPatiently(primary.url());
  const client = { ...caller, name, secretHash: hashSecret(secret) };
  await insertApiClient(db, client).finally(() => db.destroy());
  return new TestCaller(service, { ...caller, authorization: basic(name, secret) });
}
