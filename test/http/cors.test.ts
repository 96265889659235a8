import { describe, expect, test } from 'vitest';
import { type TestService, useService } from '../support/service.ts';

const origin = 'https://app.example.com';
const json = { 'content-type': 'application/json' };

describe('A page of another origin', () => {
  const held = useService('a Postgres server');

  const answers: [number, string, RequestInit][] = [
    [200, '/graphql', { method: 'POST', headers: json, body: '{"query":"{ __typename }"}' }],
    [401, '/graphql', { method: 'POST', headers: json, body: '{"query":"{ badgeGroups { id } }"}' }],
    [400, '/graphql', { method: 'POST', headers: json, body: '{' }],
    [405, '/graphql', { method: 'PUT' }],
    [406, '/graphql', { method: 'POST', headers: { ...json, accept: 'text/xml' }, body: '{}' }],
    [413, '/graphql', { method: 'POST', headers: json, body: '#'.repeat(200_000) }],
    [415, '/graphql', { method: 'POST', body: 'x' }],
    [200, '/graphql', { headers: { accept: 'text/html' } }],
    [404, '/nowhere', {}],
  ];

  test.each(answers)('can read the id and the time to wait of a %i of %s', async (status, path, init) => {
    const response = await ask(held.service.with({ corsOrigins: [origin] }), path, init, { origin });
    expect(response.status).toBe(status);
    expect(read(response)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id, retry-after',
    });
  });

  test.each(answers)('and every other gets a %i of %s that caches keep apart', async (status, path, init) => {
    const service = held.service.with({ corsOrigins: [origin, 'http://localhost:3000'] });
    for (const headers of [{ origin }, { origin: 'https://evil.example' }, {}]) {
      const response = await ask(service, path, init, headers);
      expect(response.status).toBe(status);
      expect(response.headers.get('vary')?.split(/, */)).toContain('Origin');
    }
    const page = { headers: { accept: 'text/html' } };
    expect((await ask(service, '/graphql', page, { origin })).headers.get('vary')).toBe(
      'accept, accept-encoding, Origin',
    );
  });

  test('is granted GraphiQL, and others after it are not', async () => {
    const service = held.service.with({ corsOrigins: [origin] });
    const page = { headers: { accept: 'text/html' } };
    const granted = await ask(service, '/graphql', page, { origin });
    expect(granted.headers.get('access-control-allow-origin')).toBe(origin);
    expect(read(await ask(service, '/graphql', page, {}))).toEqual({});
  });

  test('is granted nothing in a 414, which no cache keeps', async () => {
    const service = held.service.with({ corsOrigins: [origin] });
    const url = new URL(await service.listen());
    url.search = `query=${'a'.repeat(20_000)}`;
    const response = await fetch(url, { headers: { origin } });
    expect(response.status).toBe(414);
    expect(read(response)).toEqual({});
    expect(response.headers.get('cache-control')).toBe('private, no-store, max-age=0');
    await service.stopListening();
  });

  test('asks once in ten minutes whether it may', async () => {
    const service = held.service.with({ corsOrigins: [origin] });
    const preflight = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    };
    const granted = await ask(service, '/graphql', { method: 'OPTIONS' }, { origin, ...preflight });
    expect(granted.status).toBe(204);
    expect(read(granted)).toMatchObject({
      'access-control-max-age': '600',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization,content-type',
    });
    expect(granted.headers.get('vary')?.split(/, */)).toEqual(['Access-Control-Request-Headers', 'Origin']);
    const evil = { origin: 'https://evil.example', ...preflight };
    const refused = await ask(service, '/graphql', { method: 'OPTIONS' }, evil);
    expect(read(refused)).toEqual({});
    expect(refused.headers.get('vary')).toContain('Origin');
  });

  test.each(answers)(
    'is granted nothing in a %i of %s where no origin is named',
    async (_status, path, init) => {
      const response = await ask(held.service, path, init, { origin });
      expect(read(response)).toEqual({});
      expect(response.headers.get('vary') ?? '').not.toContain('Origin');
    },
  );
});

async function ask(
  service: TestService,
  path: string,
  init: RequestInit,
  headers: Record<string, string>,
): Promise<Response> {
  const response = await service.fetch(path, { ...init, headers: { ...init.headers, ...headers } });
  await response.body?.cancel();
  return response;
}

/** The headers by which browsers grant something. */
function read({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}
