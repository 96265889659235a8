import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openTestDatabase } from '../support/databases.ts';
import { brokenParams, validParams } from '../support/documents.ts';
import { rawRequests, sendRaw } from '../support/raw-request.ts';
import { type TestService, useService } from '../support/service.ts';

/** All of them; `npm run fuzz` asks for many more than the suite, and for others each time. */
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 900);
const isLong = process.env['FUZZ_REQUESTS'] !== undefined;
const properties = 3 * databaseKinds.length;
const settings = { numRuns: Math.ceil(requests / properties), ...(!isLong && { seed: 2_026 }) };
const timeout = 600_000;
const patienceMs = 5_000;

describe.each(databaseKinds)('On %s', (kind) => {
  const held = useService(kind, {}, openTestDatabase);
  let headers: Record<string, string>;
  let url: string;
  const statuses: Record<string, number> = {};
  let slowestMs = 0;

  beforeAll(async () => {
    const { authorization } = await held.service.addCaller();
    headers = { 'content-type': 'application/json', authorization };
    url = await held.service.listen();
  });

  afterAll(() => {
    if (isLong)
      console.log(`${kind}: ${JSON.stringify(statuses)}, the slowest in ${Math.round(slowestMs)} ms`);
  });

  /** Throws when an answer is a fault of ours, none at all or late. */
  const expectAnswer = async (ask: () => Promise<{ status: number; text: string }>) => {
    const startedAt = performance.now();
    const { status, text } = await ask();
    const ms = performance.now() - startedAt;
    slowestMs = Math.max(slowestMs, ms);
    statuses[status] = (statuses[status] ?? 0) + 1;
    expect(ms).toBeLessThan(patienceMs);
    expect(status).toBeGreaterThanOrEqual(100);
    expect(status).toBeLessThan(500);
    expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE|\\n +at |\.[jt]s:\d/);
  };

  const post = async (service: TestService, params: unknown) => {
    const init = { method: 'POST', headers, body: JSON.stringify(params) };
    const response = await service.fetch('/graphql', init);
    return { status: response.status, text: await response.text() };
  };

  const documents = (service: TestService) =>
    fc.asyncProperty(validParams, (params) => expectAnswer(() => post(service, params)));

  test('no document of the schema is a fault', { timeout }, async () => {
    await fc.assert(documents(held.service), settings);
  });

  test('no broken document is a fault', { timeout }, async () => {
    const property = fc.asyncProperty(brokenParams, (params) =>
      expectAnswer(() => post(held.service, params)),
    );
    await fc.assert(property, settings);
  });

  test('no bytes on the socket are a fault', { timeout }, async () => {
    const property = fc.asyncProperty(rawRequests, (bytes) =>
      expectAnswer(async () => {
        const answer = await sendRaw(url, bytes, patienceMs);
        const [, status = '0'] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
        // GraphiQL's page holds whatever GraphiQL is made of.
        return { status: Number(status), text: /^content-type: text\/html/m.test(answer) ? '' : answer };
      }),
    );
    await fc.assert(property, settings);
    expect((await fetch(new URL('/ready', url))).status).toBe(200);
  });

  test('the log knows of no fault either', () => {
    const levels = held.service.log.map((line) => JSON.parse(line).level as number);
    expect(levels.length).toBeGreaterThan(settings.numRuns);
    expect(Math.max(...new Set(levels))).toBe(30);
  });

  test('a fault that is there is found', async () => {
    await sql`alter table badge_group rename column rank to level`.execute(held.service.db);
    const { failed } = await fc.check(documents(held.service.with()), {
      ...settings,
      numRuns: 150,
      endOnFailure: true,
    });
    await sql`alter table badge_group rename column level to rank`.execute(held.service.db);
    expect(failed).toBe(true);
  });
});
