import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PGlite } from '@electric-sql/pglite';
import { describe, expect, inject, test } from 'vitest';
import { createPostgresDatabase, databaseKinds } from '../support/databases.ts';
import { makeDirectory } from '../support/directory.ts';
import { addClient, isRefused, ServiceProcess } from '../support/process.ts';
import { TestCaller } from '../support/service.ts';

const connections = 200;

describe.each(databaseKinds)('a service on %s that is stopped under load', (kind) => {
  test(`answers every request of ${connections} connections, keeps what it has acknowledged, and exits with 0`, async () => {
    await using database = await openDatabase(kind);
    await using service = await ServiceProcess.start({ ...database.env, LOG_LEVEL: 'warn' });
    const { authorization } = database.caller ?? service.demo;
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const answers: Answer[] = [];
    const create = async (name: string): Promise<Answer> => {
      const query = `mutation { createBadgeGroup(input: { name: "${name}", rank: 1 }) { ... on BadgeGroup { name } } }`;
      const answer = await send(agent, service.url, { authorization, body: JSON.stringify({ query }) });
      answers.push(answer);
      return answer;
    };
    /** Asks again on its connection until an answer says that it is the last. */
    const work = async (worker: number): Promise<void> => {
      for (let round = 0; ; round += 1) {
        const { connection } = await create(`${worker}-${round}`);
        if (connection === 'close') return;
      }
    };
    const probe = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string, by = probe) => send(by, new URL(path, service.url).href, {});
    // Before the load, under which the service would accept them one by one, each after a round of answers.
    await Promise.all([probe, ...Array(connections).fill(agent)].map((each) => ask('/health', each)));

    const workers = Array.from({ length: connections }, (_, worker) => work(worker));
    await expect.poll(() => answers.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(connections);

    service.kill('SIGTERM');
    let readiness = await ask('/ready');
    while (readiness.connection !== 'close') readiness = await ask('/ready');
    expect(readiness).toEqual({ status: 503, connection: 'close', body: 'not ready\n' });
    await expect.poll(() => isRefused(service.url)).toBe(true);
    await Promise.all(workers);
    const answeredAt = performance.now();
    const ended = await service.ended;
    expect(ended).toMatchObject({ exit: 0, stderr: '' });
    expect(performance.now() - answeredAt).toBeLessThan(5_000);
    // Where the machine is too slow for so many at once, some are told to try again: that is an answer, too.
    expect(answers.filter(({ status }) => ![200, 429, 503].includes(status ?? 0))).toEqual([]);
    const acknowledged = answers.filter(({ status }) => status === 200);
    expect(acknowledged.length).toBeGreaterThan(0);

    await using again = await ServiceProcess.start(database.env);
    const caller = new TestCaller(again, database.caller ?? again.demo);
    const kept = new Set<string>();
    for (let after: string | null = null; ; ) {
      const { edges, pageInfo } = await caller.page({ first: 1_000, after });
      for (const { node } of edges) kept.add(node.name);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    const names = acknowledged.map(({ body }) => JSON.parse(body).data.createBadgeGroup.name);
    expect(names.filter((name) => !kept.has(name))).toEqual([]);
  });
});

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

async function send(
  agent: Agent,
  url: string,
  { body, authorization = '' }: { body?: string; authorization?: string },
): Promise<Answer> {
  const headers = { authorization, 'content-type': 'application/json' };
  const sent = request(url, { agent, ...(body && { method: 'POST', headers }) }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    connection: response.headers.connection,
    body: await text(response),
  };
}

/** The environment of a service that opens it, and who may write there unless the demo client may. */
async function openDatabase(kind: (typeof databaseKinds)[number]) {
  if (kind === 'the embedded database') {
    const directory = await makeDirectory();
    const loadDataDir = new Blob([await readFile(inject('embeddedDump'))]);
    await (await PGlite.create({ dataDir: join(directory.path, 'postgres'), loadDataDir })).close();
    const env = { DATA_DIR: directory.path };
    return { env, caller: undefined, [Symbol.asyncDispose]: () => directory.remove() };
  }
  const { url, drop } = await createPostgresDatabase();
  return { env: { DATABASE_URL: url }, caller: await addClient(url), [Symbol.asyncDispose]: drop };
}
