import { beforeAll, describe, expect, test } from 'vitest';
import { sendRaw } from '../support/raw-request.ts';
import { useService } from '../support/service.ts';

const held = useService('a Postgres server');
let url: string;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(head: string, body = ''): Promise<Answer> {
  return await exchange(`${head}\r\ncontent-length: ${body.length}`, body);
}

async function exchange(head: string, body: string): Promise<Answer> {
  const answer = await sendRaw(url, Buffer.from(`${head}\r\nconnection: close\r\n\r\n${body}`), 5_000);
  const [, status, fields = '', text = ''] =
    /^HTTP\/1\.1 (\d+) .*?\r\n(.*?)\r\n\r\n(.*)$/s.exec(answer) ?? [];
  const headers = fields.split('\r\n').map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
  return { status: Number(status), headers: new Headers(headers), text };
}

describe('The target of a request', () => {
  beforeAll(async () => {
    url = await held.service.listen();
  });

  test.each([
    '/health',
    '/health?a=http://b',
    'http://service.test/health',
    'HTTP://service.test:80/health?a=b',
    'https://other.test/health',
    'http://[::1]:4000/health',
  ])('is a path or a whole URL: %s', async (target) => {
    const { status, headers, text } = await send(
      `GET ${target} HTTP/1.1\r\nhost: service.test\r\nx-request-id: a1`,
    );
    expect([status, headers.get('x-request-id')]).toEqual([200, 'a1']);
    expect(text).toContain('alive');
  });

  test('as a whole URL leads to GraphQL, with its query', async () => {
    const get = 'GET http://service.test/graphql?query={__typename} HTTP/1.1\r\nhost: service.test';
    expect((await send(`${get}\r\nx-graphql-yoga-csrf: 1`)).text).toContain(
      '{"data":{"__typename":"Query"}}',
    );
    const post =
      'POST http://service.test/graphql HTTP/1.1\r\nhost: service.test\r\ncontent-type: application/json';
    expect((await send(post, '{"query":"{ __typename }"}')).text).toContain(
      '{"data":{"__typename":"Query"}}',
    );
  });

  test.each([
    ['http://service.test', 404],
    ['http://service.test?/health', 404],
    ['http://service.test/nowhere', 404],
    ['http://service.test/health#x', 404],
    ['http://service.test/x/../health', 404],
  ])('%s is answered with %i', async (target, status) => {
    expect((await send(`GET ${target} HTTP/1.1\r\nhost: service.test`)).status).toBe(status);
  });

  test.each(['%s', 'http://service.test%s'])(
    'leads to a path as it is written alone, by %s',
    async (form) => {
      const ask = async (path: string) =>
        (
          await send(
            `GET ${form.replace('%s', path)} HTTP/1.1\r\nhost: service.test\r\nx-graphql-yoga-csrf: 1\r\nx-request-id: a1`,
          )
        ).status;
      const query = 'query={__typename}';
      const queries = [
        query,
        `a=/../x&${query}`,
        `a=b/./c\\&${query}`,
        `a='"|^%2e&${query}`,
        `${query}&a=b?c#d`,
      ];
      for (const query of queries) expect(await ask(`/graphql?${query}`)).toBe(200);
      for (const path of [
        '/a/../graphql',
        '/./graphql',
        '/graphql/.',
        '/%2e/graphql',
        '/a/%2E%2e/graphql',
        '/x\\..\\graphql',
        '/graphql#x',
      ]) {
        expect([path, await ask(`${path}?${query}`)]).toEqual([path, 404]);
      }
      for (const path of ['/x/../health', '/./ready', '/x/..'])
        expect([path, await ask(path)]).toEqual([path, 404]);
    },
  );

  test.each([
    ['a host that is none', 'GET http://service.test/health HTTP/1.1\r\nhost: [bad'],
    ['another host', 'GET http://service.test/health HTTP/1.1\r\nhost: other.test'],
    ['no host in HTTP/1.0', 'GET http://service.test/health HTTP/1.0'],
    ['a path and no host in HTTP/1.0', 'GET /health HTTP/1.0'],
    ['a path and an empty host', 'GET /health HTTP/1.1\r\nhost:'],
  ])('is good with %s', async (_title, head) => {
    expect(await send(head)).toMatchObject({ status: 200 });
  });

  test.each([
    ['no host in HTTP/1.1', 'GET /health HTTP/1.1'],
    ['no host beside a URL in HTTP/1.1', 'GET http://service.test/health HTTP/1.1'],
    ['two hosts', 'GET /health HTTP/1.1\r\nhost: a.test\r\nhost: b.test'],
    ['a host that is none', 'GET /health HTTP/1.1\r\nhost: [bad'],
    ['a host with a path', 'GET /health HTTP/1.1\r\nhost: a.test/x'],
    ['a host with a query', 'GET /health HTTP/1.1\r\nhost: a.test?x'],
    ['a host with a user', 'GET /health HTTP/1.1\r\nhost: evil@a.test'],
    ['a URL with a user', 'GET http://user@a.test/health HTTP/1.1\r\nhost: a.test'],
    ['a URL without a host', 'GET http:///health HTTP/1.1\r\nhost: a.test'],
    ['a URL with a port that is none', 'GET http://a.test:99999/health HTTP/1.1\r\nhost: a.test'],
    ['another scheme', 'GET ftp://a.test/health HTTP/1.1\r\nhost: a.test'],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nhost: a.test'],
  ])('is refused with %s, in plain text, with the id of the request', async (_title, head) => {
    const { status, headers, text } = await send(`${head}\r\nx-request-id: a1`);
    expect(status).toBe(400);
    expect(text).toBe('The request needs a path, or an http URL, and a Host header.\n');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'private, no-store, max-age=0',
      'x-request-id': 'a1',
      connection: 'close',
    });
  });

  test.each([
    ['chunked', 200],
    ['Chunked', 200],
    ['gzip, chunked', 501],
    ['identity, chunked', 501],
    ['gzip\r\ntransfer-encoding: chunked', 501],
    ['gzip', 501],
  ])(
    'is not looked at where a body comes by another coding than chunks: %j is %i',
    async (coding, status) => {
      const json = '{"query":"{ __typename }"}';
      const head = 'POST /graphql HTTP/1.1\r\nhost: a.test\r\ncontent-type: application/json';
      const chunks = `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`;
      const answer = await exchange(`${head}\r\nx-request-id: a1\r\ntransfer-encoding: ${coding}`, chunks);
      expect([answer.status, answer.headers.get('x-request-id')]).toEqual([status, 'a1']);
      if (status === 501) {
        const given = coding.replace('\r\ntransfer-encoding:', ',');
        expect(answer.text).toBe(
          `Transfer-Encoding is ${JSON.stringify(given)}, but may be chunked alone: send the body as it is.\n`,
        );
      }
    },
  );

  test.each(['chunked, gzip', 'chunked, chunked', ''])(
    'is not looked at where nobody could tell the end of the body: %j is 400',
    async (coding) => {
      const head = `POST /graphql HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: ${coding}`;
      expect((await exchange(head, '0\r\n\r\n')).status).toBe(400);
    },
  );

  test('is not looked at where HTTP/1.0 sends its body in chunks, which may hide another request (RFC 9112)', async () => {
    const head = 'POST /graphql HTTP/1.0\r\nhost: a.test\r\ncontent-type: application/json';
    const body = '{"query":"{ __typename }"}';
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const refused = await exchange(`${head}\r\ntransfer-encoding: chunked`, chunks);
    expect([refused.status, refused.headers.get('connection')]).toEqual([400, 'close']);
    expect(refused.text).toBe('HTTP/1.0 has no Transfer-Encoding: send the body with its Content-Length.\n');
    const { status } = await exchange(`${head}\r\ncontent-length: ${body.length}`, body);
    expect(status).toBe(200);
  });

  test('is not looked at when something is expected that we do not know', async () => {
    const { status, headers } = await send(
      'GET /health HTTP/1.1\r\nhost: a.test\r\nexpect: x\r\nx-request-id: a1',
    );
    expect([status, headers.get('x-request-id')]).toEqual([417, 'a1']);
  });
});

describe('In demo mode', () => {
  beforeAll(async () => {
    url = await held.service.with().listen({}, { onlyLoopbackNames: true });
  });

  test.each([
    'localhost',
    'LocalHost:4000',
    'localhost.:80',
    'badges.localhost:4000',
    '127.0.0.1:4000',
    '127.8.9.1',
    '[::1]:4000',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
  ])('requests to %s are answered', async (host) => {
    expect((await send(`GET /health HTTP/1.1\r\nhost: ${host}`)).status).toBe(200);
    expect((await send(`GET / HTTP/1.1\r\nhost: ${host}\r\naccept: text/html`)).status).toBe(302);
  });

  const evil = [
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '0.0.0.0:4000',
    '192.168.1.2',
    '[::]',
    '[::2]',
  ];

  test.each(evil)(
    'requests to %s, which may be a page’s of another site, are refused whatever they ask',
    async (host) => {
      for (const [method, path] of [
        ['GET', '/health'],
        ['GET', '/ready'],
        ['GET', '/'],
        ['GET', '/graphql'],
        ['POST', '/graphql'],
        ['OPTIONS', '/graphql'],
        ['GET', `http://${host}/health`],
      ]) {
        const answer = await send(
          `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: text/html\r\nx-request-id: a1`,
        );
        expect(answer.status).toBe(421);
        expect(answer.headers.get('x-request-id')).toBe('a1');
        expect(answer.text).toBe(
          `The service is in demo mode and answers to localhost, 127.0.0.1 and [::1], not to "${host}". ` +
            'With a DATABASE_URL, or a HOST that is not loopback, it answers to every name.\n',
        );
      }
    },
  );

  test.each(['HTTP/1.1\r\nhost:', 'HTTP/1.0\r\nhost:', 'HTTP/1.0'])(
    'requests to no name are refused: %j',
    async (end) => {
      const { status, text } = await send(`GET /health ${end}`);
      expect([status, text]).toEqual([421, expect.stringContaining(', not to "". ')]);
    },
  );

  test('HTTP/1.0 is answered with a name', async () => {
    expect((await send('GET /health HTTP/1.0\r\nhost: localhost')).status).toBe(200);
  });

  test('the host of a whole URL counts, not that of the header', async () => {
    expect((await send('GET http://evil.example/health HTTP/1.1\r\nhost: localhost')).status).toBe(421);
    expect((await send('GET http://localhost/health HTTP/1.1\r\nhost: evil.example')).status).toBe(200);
  });

  test('elsewhere every name is answered', async () => {
    url = await held.service.with().listen();
    for (const host of evil) {
      expect((await send(`GET /health HTTP/1.1\r\nhost: ${host}`)).status).toBe(200);
    }
  });
});
