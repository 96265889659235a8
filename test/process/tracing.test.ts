import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CreateBadgeGroup } from '../support/graphql.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { root, ServiceProcess } from '../support/process.ts';
import { sendRaw } from '../support/raw-request.ts';
import { basic, TestCaller, useService } from '../support/service.ts';

describe.concurrent('a service process', () => {
  const held = useService('a Postgres server');
  const env = () => ({
    DATABASE_URL: held.service.databaseUrl,
    NODE_OPTIONS: `--import ${join(root, 'test/support/report-packages.ts')}`,
  });
  const listPackages = (stderr: string) => JSON.parse(stderr) as string[];

  test('sends the spans of a request, its operation and its statements, one below the other', async () => {
    await using collector = await startCollector();
    await using service = await ServiceProcess.start({
      ...env(),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const { orgId, userId, authorization } = await held.service.addCaller();
    const caller = new TestCaller(service, { orgId, userId, authorization });
    await caller.create({ name: 'Gold-hush', rank: 1471147741 });
    const { exit, stderr, stdout } = await service.stop();
    expect({ exit, stderr: listPackages(stderr) }).toEqual({
      exit: 0,
      stderr: expect.arrayContaining(['@opentelemetry/instrumentation-pg']),
    });

    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
    const [http] = collector.spans.filter(({ scope }) => scope.endsWith('-http'));
    const [operation] = collector.spans.filter(({ scope }) => scope === 'badge-groups');
    const statements = collector.spans.filter(({ scope }) => scope.endsWith('-pg'));
    expect(http).toMatchObject({ name: 'POST', parentId: '', kind: 'server' });
    expect(operation).toMatchObject({ name: 'mutation', parentId: http?.id, kind: 'server' });
    expect(statements).toContainEqual(
      expect.objectContaining({
        name: expect.stringContaining('insert_badge_group'),
        parentId: operation?.id,
        kind: 'client',
      }),
    );
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(collector.received()).toContain('CreateBadgeGroup');
    expect(stdout).toContain(`"traceId":"${http?.traceId}"`);
  });

  test('sends one span of each operation, whoever answers it', async () => {
    await using collector = await startCollector();
    await using service = await ServiceProcess.start({
      ...env(),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const { authorization } = await held.service.addCaller();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    // Yoga answers each first one, and the door the second one.
    for (const name of ['Gold', 'Silver']) {
      await service.execute(CreateBadgeGroup, { input: { name, rank: 1 } }, { authorization });
      await service.execute('{ __typename }', {}, { authorization, traceparent });
    }
    const { stdout } = await service.stop();

    const requests = collector.spans.filter(({ scope }) => scope.endsWith('-http'));
    const operations = collector.spans.filter(({ scope }) => scope === 'badge-groups');
    expect(requests).toHaveLength(4);
    expect(operations.map(({ name }) => name).toSorted()).toEqual(['mutation', 'mutation', 'query', 'query']);
    expect(new Set(operations.map(({ parentId }) => parentId))).toEqual(
      new Set(requests.map(({ id }) => id)),
    );
    // The line of each request has the id of its trace, which is its client's where that has begun one.
    const logged = [...stdout.matchAll(/"traceId":"(\w+)"/g)].map(([, traceId]) => traceId);
    expect(logged).toEqual(requests.map(({ traceId }) => traceId));
    expect(logged.filter((traceId) => traceparent.includes(String(traceId)))).toHaveLength(2);
  });

  test('sends no name, document, variable or credential, by GET or POST, in errors or without', async () => {
    await using collector = await startCollector();
    const url = new URL(held.service.databaseUrl as string);
    url.password = 'secret-hush';
    await using service = await ServiceProcess.start({
      ...env(),
      DATABASE_URL: url.href,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/traces`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=key-hush',
      OTEL_SERVICE_NAME: 'other-service',
    });
    const { authorization } = await held.service.addCaller();
    const input = { name: 'Gold-hush', rank: 1471147741 };
    await service.execute(CreateBadgeGroup, { input }, { authorization, cookie: 'a=hush' });
    await service.execute(CreateBadgeGroup, { input }, { authorization });
    const document =
      'mutation { createBadgeGroup(input: { name: "Silver-hush", rank: 1 }) { aHush: __typename } }';
    await service.execute(document, {}, { authorization });
    await service.execute('{ badgeGroups { id } }', {}, { authorization: basic('a', 'hush') });
    const parameters = new URLSearchParams({
      query: 'query ($id: ID!) { badgeGroup(id: $id) { aHush: id } }',
      variables: '{ "id": "hush" }',
    });
    const answer = await fetch(`${service.url}?${parameters}`, {
      headers: { authorization, 'x-graphql-yoga-csrf': '1' },
    });
    expect(await answer.json()).toEqual({ data: { badgeGroup: null } });
    const wholeUrl = `GET ${service.url}?${parameters} HTTP/1.1\r\nhost: service.test\r\nconnection: close\r\n\r\n`;
    expect(await sendRaw(service.url, Buffer.from(wholeUrl), 5_000)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await service.stop()).exit).toBe(0);

    expect(new Set(collector.paths)).toEqual(new Set(['/traces']));
    expect(collector.spans.length).toBeGreaterThan(10);
    expect(collector.spans.filter(({ scope }) => scope.endsWith('-http'))).toHaveLength(6);
    const received = collector.received();
    expect(received).toContain('other-service');
    expect(received).toContain('insert into "badge_group"');
    // Words that neither a random id, nor a port, nor a time has in it.
    expect(received).not.toMatch(/hush|1471147741/i);
    expect(received).not.toMatch(/authorization|cookie|api-key/i);
    const credentials = authorization.slice('Basic '.length);
    expect(received).not.toContain(credentials);
    expect(received).not.toContain(Buffer.from(credentials, 'base64').toString());
  });

  test.each([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' },
  ])('loads nothing of what it has no use for with %j', async (variables) => {
    await using service = await ServiceProcess.start({ ...env(), ...variables });
    await service.execute('{ __typename }');
    const packages = listPackages((await service.stop()).stderr);
    expect(packages).toEqual(expect.arrayContaining(['graphql-yoga', 'pg']));
    const unused = /opentelemetry|prom-client|pglite|jose|render-graphiql/;
    expect(packages.filter((name) => unused.test(name))).toEqual([]);
  });

  test('serves and stops without a collector, too', async () => {
    await using service = await ServiceProcess.start({
      ...env(),
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    expect((await service.execute('{ __typename }')).status).toBe(200);
    expect(await service.stop()).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('The last spans are lost'),
    });
  });
});
