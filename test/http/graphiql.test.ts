import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { parse, validate } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from '../../src/config/database-url.ts';
import { schema } from '../../src/schema/schema.ts';
import { basic, type TestService, useService } from '../support/service.ts';

const held = useService('the embedded database');
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const demoHeader = JSON.stringify({ Authorization: basic('demo', 'demo') }, null, 2);

describe('GraphiQL', () => {
  let page: Response;
  let html: string;
  beforeAll(async () => {
    page = await held.service.fetch('/graphql', { headers: browser });
    html = await page.text();
  });

  test('is what a browser gets at /graphql', () => {
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toContain('<title>Badge groups</title>');
  });

  test('loads nothing from elsewhere', () => {
    const markup = html.replaceAll(/(<(script|style)[^>]*>)[\s\S]*?<\/\2>/g, '$1');
    expect(markup.length).toBeLessThan(html.length / 2);
    expect(markup.match(/<(link|img|script|iframe|base|object|embed)\b/g)).not.toBeNull();
    for (const [, value] of markup.matchAll(/\b(?:src|href|action|data)\s*=\s*["']?([^"'\s>]*)/gi)) {
      expect(value).toMatch(/^data:/);
    }
    const elsewhere = String.raw`["'\x60(]\s*(?:https?:|wss?:)?\/\/`;
    for (const place of ['import', 'fetch', 'importScripts', 'Worker', 'WebSocket', 'EventSource', 'url']) {
      expect(html).not.toMatch(new RegExp(String.raw`\b${place}\s*\(?\s*${elsewhere}`));
    }
    expect(html).not.toMatch(
      /\bfrom\s*["']https?:|@import\s+["'](https?:)?\/\/|\.src\s*=\s*["'`](https?:)?\/\//,
    );
    expect(html).not.toMatch(/unpkg\.com|jsdelivr|cdnjs|esm\.sh|googleapis|gstatic/);
  });

  test('is for browsers only', async () => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json']) {
      const response = await held.service.fetch('/graphql?query=%7B__typename%7D', {
        headers: { accept, 'x-graphql-yoga-csrf': '1' },
      });
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
    const posted = await held.service.fetch('/graphql', {
      method: 'POST',
      headers: { ...browser, 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(await posted.text()).not.toContain('<title>');
  });

  test.each(['/graphql/', '/graphiql', '/graphql/x', '/x/graphql', '/graphqlx'])(
    'is not at %s',
    async (path) => {
      const response = await held.service.fetch(path, { headers: browser });
      expect(response.headers.get('content-type') ?? '').not.toContain('html');
      expect(await response.text()).not.toContain('<');
    },
  );

  test('is where / leads a browser', async () => {
    const response = await held.service.fetch('/', { headers: browser });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphql']);
    expect((await held.service.fetch('/')).status).toBe(404);
  });

  test('is the same to HEAD, without the page', async () => {
    for (const accepted of ['identity', 'gzip']) {
      const headers = { ...browser, 'accept-encoding': accepted };
      const describe = async (method: string) => {
        const response = await held.service.fetch('/graphql', { method, headers });
        const { 'x-request-id': _own, ...others } = Object.fromEntries(response.headers);
        return { status: response.status, headers: others, length: (await response.bytes()).length };
      };
      expect(await describe('HEAD')).toEqual({ ...(await describe('GET')), length: 0 });
    }
    expect((await held.service.fetch('/graphql', { method: 'HEAD' })).status).toBe(405);
  });

  test('comes compressed to who takes that', async () => {
    const response = await held.service.fetch('/graphql', {
      headers: { ...browser, 'accept-encoding': 'gzip, deflate, br' },
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('vary')).toContain('accept-encoding');
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.length).toBeLessThan(html.length / 2);
    expect(hash(gunzipSync(body))).toBe(hash(html));
    expect(page.headers.get('content-encoding')).toBeNull();
  });

  test.each([
    [undefined, null],
    ['', null],
    ['gzip', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['br, gzip;q=0.1', 'gzip'],
    ['br;q=1.0, *;q=0.5', null],
    ['gzip;q=0', null],
    ['gzip;q=0.0, deflate', null],
    ['gzip; q=0', null],
    ['*;q=0, gzip', 'gzip'],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity;q=0', 'gzip'],
    ['xgzip', null],
    ['br', null],
  ])('goes by the weights in accept-encoding: %s', async (accepted, coding) => {
    const headers = { ...browser, ...(accepted !== undefined && { 'accept-encoding': accepted }) };
    const response = await held.service.fetch('/graphql', { headers });
    await response.body?.cancel();
    expect([response.status, response.headers.get('content-encoding')]).toEqual([200, coding]);
  });

  test.each(['*;q=0', 'gzip;q=0, identity;q=0'])(
    'is not sent to who takes it in no way: %s',
    async (accepted) => {
      const response = await held.service.fetch('/graphql', {
        headers: { ...browser, 'accept-encoding': accepted },
      });
      expect(response.status).toBe(406);
      expect(await response.text()).toMatch(/gzip or uncompressed/);
    },
  );

  test.each([
    ['text/html', true],
    ['TEXT/HTML;q=0.5', true],
    ['text/*', true],
    ['text/html, application/json;q=0.9', true],
    ['text/html;q=0, */*', false],
    ['text/html;q=0.5, application/json', false],
    ['application/graphql-response+json, text/html;q=0.9', false],
    ['application/xhtml+xml, */*', false],
    ['text/htmlx, */*', false],
    ['*/*', false],
  ])('goes by the weights in accept: %s', async (accept, isPage) => {
    const response = await held.service.fetch('/graphql?query={__typename}', {
      headers: { accept, 'x-graphql-yoga-csrf': '1' },
    });
    await response.body?.cancel();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')?.startsWith('text/html')).toBe(isPage);
  });

  test('has the demo credentials filled in, in demo mode only', async () => {
    expect(findOptions(html).defaultTabs.map(({ headers }) => headers)).toEqual([
      demoHeader,
      demoHeader,
      demoHeader,
      demoHeader,
      demoHeader,
      demoHeader,
    ]);
    for (const config of [
      { host: '0.0.0.0' },
      { host: '192.0.2.1' },
      { databaseUrl: parseDatabaseUrl('DATABASE_URL', 'postgres://postgres@127.0.0.1/postgres') },
    ]) {
      const other = await readPage(held.service.with(config));
      expect(other).not.toContain(btoa('demo:demo'));
      expect(findOptions(other).defaultTabs.map((tab) => tab.query)).toEqual(
        findOptions(html).defaultTabs.map((tab) => tab.query),
      );
    }
    for (const host of ['localhost', '::1', '127.0.0.2']) {
      expect(await readPage(held.service.with({ host }))).toContain(btoa('demo:demo'));
    }
  });

  test('can be turned off', async () => {
    const off = held.service.with({ graphiql: false });
    for (const path of ['/', '/graphql']) {
      const response = await off.fetch(path, { headers: browser });
      expect(response.headers.get('content-type') ?? '').not.toContain('html');
      expect(await response.text()).not.toContain('<');
    }
    expect((await off.execute('{ __typename }')).status).toBe(200);
  });

  describe('opens with operations', () => {
    const findTabs = () => findOptions(html).defaultTabs.map(({ query }) => query);

    test('that are valid', () => {
      expect(findTabs()).toHaveLength(6);
      for (const query of findTabs()) expect(validate(schema, parse(query))).toEqual([]);
    });

    test('that create a group, and tell of it when its name is taken', async () => {
      const caller = await held.service.addCaller();
      const [create = ''] = findTabs();
      const first = await caller.execute<{ createBadgeGroup: object }, never>(create);
      expect(first).toMatchObject({ errors: undefined, status: 200 });
      expect(first.data?.createBadgeGroup).toMatchObject({
        __typename: 'BadgeGroup',
        name: 'Beginner',
        rank: 1,
      });
      expect(Object.keys(first.data?.createBadgeGroup ?? {})).toHaveLength(12);
      expect((await caller.execute(create)).data).toMatchObject({
        createBadgeGroup: { code: 733, existingGroup: { rank: 1 } },
      });
    });

    test('that list the groups, highest rank first', async () => {
      const caller = await held.service.addCaller();
      await caller.create({ name: 'Beginner', rank: 1 });
      await caller.create({ name: 'Expert', rank: 3 });
      expect((await caller.execute(String(findTabs()[1]))).data).toMatchObject({
        badgeGroups: [{ name: 'Expert' }, { name: 'Beginner' }],
      });
    });

    test('that search the groups', async () => {
      const caller = await held.service.addCaller();
      await caller.create({ name: 'Beginner', rank: 1 });
      await caller.create({ name: 'Expert', rank: 3 });
      expect((await caller.execute(String(findTabs()[2]))).data).toMatchObject({
        badgeGroups: [{ name: 'Beginner' }],
      });
    });

    test('that give groups new ranks, once their ids are put in', async () => {
      const caller = await held.service.addCaller();
      const first = await caller.create({ name: 'Beginner', rank: 1 });
      const second = await caller.create({ name: 'Expert', rank: 3 });
      const reorder = String(findTabs()[3]);
      expect((await caller.execute(reorder)).data).toMatchObject({ reorderBadgeGroups: { code: 404 } });
      const filled = reorder.replace('"first"', `"${first.id}"`).replace('"second"', `"${second.id}"`);
      expect((await caller.execute(filled)).data).toMatchObject({
        reorderBadgeGroups: { badgeGroups: [{ rank: 2 }, { rank: 1 }] },
      });
    });

    test('that show what groups were', async () => {
      const caller = await held.service.addCaller();
      const { id } = await caller.create({ name: 'Beginner', rank: 1 });
      await caller.update({ id, rank: 2 });
      expect((await caller.execute(String(findTabs()[4]))).data).toMatchObject({
        badgeGroups: [{ history: { totalCount: 2, edges: [{ node: { rank: 2 } }, { node: { rank: 1 } }] } }],
      });
    });

    test('that show the errors', async () => {
      const caller = await held.service.addCaller();
      expect((await caller.execute(String(findTabs()[5]))).data).toMatchObject({
        noName: { __typename: 'BadgeGroupNameMandatoryError', code: 735 },
        noRank: { __typename: 'BadgeGroupRankMandatoryError', code: 732 },
        badName: { __typename: 'BadgeGroupNameInvalidError', code: 400 },
      });
      expect(await caller.list()).toEqual([]);
    });
  });
});

async function readPage(service: TestService): Promise<string> {
  return await (await service.fetch('/graphql', { headers: browser })).text();
}

/** What the page starts GraphiQL with. */
function findOptions(html: string): { defaultTabs: { query: string; headers?: string }[] } {
  const start = html.slice(html.lastIndexOf('renderYogaGraphiQL('));
  return JSON.parse(/\{.*\}/.exec(start)?.[0] ?? 'no options');
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
