import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRecording } from '../history/check-recording.ts';
import { CreateBadgeGroup, FindBadgeGroupByName } from '../support/graphql.ts';
import { postDocument, useService } from '../support/service.ts';
import { type Balancer, balancerKinds, startBalancer } from './balancer.ts';
import { Fleet } from './fleet.ts';
import { clients, fetchByGet, loadBalancer, Tally } from './load.ts';

const held = useService('a Postgres server');

describe.each(balancerKinds)('%s with our configuration', (kind) => {
  let fleet: Fleet;
  let balancer: Balancer;
  beforeAll(async () => {
    fleet = await Fleet.start({ DATABASE_URL: held.service.databaseUrl, SHUTDOWN_DELAY: '2' });
    balancer = await startBalancer(kind, fleet.ports);
  });
  afterAll(async () => {
    await balancer?.[Symbol.asyncDispose]();
    await fleet?.[Symbol.asyncDispose]();
  });

  test('fails no request when an instance is stopped, and no read when one is killed', async () => {
    const { service } = held;
    const tally = new Tally();
    tally.begin('before');
    const recording = await loadBalancer(balancer.url, { service, tally }, async () => {
      await fleet.serve();
      await tally.answered();

      tally.begin('one is killed');
      await fleet.kill(0);
      await tally.answered();

      tally.begin('it is started again');
      await fleet.startAgain(0);
      await tally.answered();

      tally.begin('one is stopped');
      expect(await fleet.instances[1]?.stop()).toMatchObject({ exit: 0 });
      await tally.answered();

      tally.begin('it is started again, too');
      await fleet.startAgain(1);
      await tally.answered();
    });
    const { contradictions, ...figures } = checkRecording(recording);
    console.log(kind, JSON.stringify(tally.counts), JSON.stringify(figures));
    expect(contradictions).toEqual([]);
    const inFlight = tally.failures.filter((one) => one.during === 'one is killed' && one.kind === 'write');
    expect(tally.failures).toEqual(inFlight);
    expect(inFlight.length).toBeLessThanOrEqual(clients);
  });

  test('repeats what reads, and nothing else, of what an instance had in hand when it is killed', async () => {
    const { service } = held;
    const { authorization } = await service.addCaller();
    const post = (init: RequestInit) => fetch(balancer.url, init);
    const get = (init: RequestInit) => fetchByGet(balancer.url, init);
    const read = (send: typeof post) =>
      postDocument(send, FindBadgeGroupByName, { name: 'none' }, { authorization });
    const create = async (name: string, send = post) => {
      const input = { name, rank: 1 };
      const sent = postDocument(send, CreateBadgeGroup, { input }, { authorization });
      // HAProxy answers nothing on a connection that was used before, but closes it.
      const answer = await sent.catch(() => undefined);
      return { name, answer, outcome: answer?.data?.createBadgeGroup?.__typename };
    };

    await using lock = await lockGroups(service.databaseUrl as string);
    const names = Array.from({ length: 6 }, () => randomUUID());
    // First, so that each instance has some.
    const creates = names.map((name, index) =>
      create(name, index % 2 === 0 ? post : (init) => post(putQueryBefore(init))),
    );
    await expect.poll(lock.countWaiting).toBe(6);
    const reads = names.flatMap(() => [read(post), read(get), read(post)]);
    await expect.poll(lock.countWaiting).toBe(24);
    await fleet.kill(0);
    // Its connections wait on, and once more waits what is repeated.
    await expect.poll(lock.countWaiting).toBeGreaterThan(24);
    await lock.release();

    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
    const answers = await Promise.all(creates);
    for (const { outcome } of answers) expect([undefined, 'BadgeGroup']).toContain(outcome);
    const open = answers.filter(({ outcome }) => outcome === undefined);
    for (const { headers, errors } of open.flatMap(({ answer }) => answer ?? [])) {
      expect(headers.get('retry-after')).toBe('1');
      expect(errors?.[0]?.extensions?.['code']).toBe('SERVICE_UNAVAILABLE');
    }
    // As the README has it: the same again tells whether it was made.
    const again = await Promise.all(open.map(({ name }) => create(name)));
    const made = again.filter(({ outcome }) => outcome === 'BadgeGroupNameNotUniqueError').length;
    console.log(kind, { reads: reads.length, creates: creates.length, open: open.length, made });
    expect(open.length).toBeGreaterThan(0);
    expect(made).toBe(open.length);
  });

  test('logs the path of a GET, and never what it asks for, also where an instance is not there', async () => {
    const { authorization } = await held.service.addCaller();
    await fleet.kill(1);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const get = (init: RequestInit) => fetchByGet(balancer.url, init);
      const { status } = await postDocument(get, FindBadgeGroupByName, { name: 'hushed' }, { authorization });
      expect(status).toBe(200);
    }
    await expect.poll(() => balancer.readLog()).toContain('GET /graphql 200');
    expect(await balancer.readLog()).not.toContain('hushed');
  });
});

/** The same mutation, in a document that begins with a query. */
function putQueryBefore(init: RequestInit): RequestInit {
  const { query, variables } = JSON.parse(String(init.body));
  const document = { query: `query Other { __typename } ${query}`, operationName: 'CreateBadgeGroup' };
  return { ...init, body: JSON.stringify({ ...document, variables }) };
}

/** Keeps everybody from the groups; each statement is given up after 2 s. */
async function lockGroups(databaseUrl: string) {
  const [holder, watcher] = [new Client(databaseUrl), new Client(databaseUrl)];
  await Promise.all([holder.connect(), watcher.connect()]);
  await holder.query('begin; lock table badge_group in access exclusive mode');
  return {
    async countWaiting(): Promise<number> {
      const { rowCount } = await watcher.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount ?? 0;
    },
    release: () => holder.query('commit'),
    async [Symbol.asyncDispose]() {
      await Promise.all([holder.end(), watcher.end()]);
    },
  };
}
