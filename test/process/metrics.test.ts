import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CreateBadgeGroup } from '../support/graphql.ts';
import { ServiceProcess, spawnService } from '../support/process.ts';
import { useService } from '../support/service.ts';

describe.concurrent('the metrics of a service process', () => {
  const held = useService('a Postgres server');

  test('are on a port of their own, and tell of requests, errors and the pool', async () => {
    await using service = await ServiceProcess.start({
      DATABASE_URL: held.service.databaseUrl,
      METRICS_PORT: '0',
    });
    const [, url = ''] = await service.printed(/Metrics are on (http:\S+?)"/);
    const { authorization } = await held.service.addCaller();
    const input = { name: 'Gold-hush', rank: 1 };
    for (const _time of ['first', 'second']) {
      await service.execute(CreateBadgeGroup, { input }, { authorization });
    }
    await service.execute('query Strangers { badgeGroups { id } }');
    await service.execute('{ nonsense moreNonsense }');

    const text = await (await fetch(url)).text();
    const count = 'graphql_request_duration_seconds_count';
    for (const line of [
      `${count}{operation="CreateBadgeGroup",outcome="ok"} 1`,
      `${count}{operation="CreateBadgeGroup",outcome="typed_error"} 1`,
      `${count}{operation="(other)",outcome="refused"} 1`,
      'graphql_errors_total{code="733"} 1',
      'graphql_errors_total{code="UNAUTHENTICATED"} 1',
      'graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 2',
      'database_pool{state="used"} 0',
      'database_pool{state="idle"} 1',
      'database_pool_size 10',
      'database_statements_waiting 0',
      'database_statement_duration_seconds_count{statement="insert_badge_group"} 2',
      'badge_groups_ready 1',
      'graphql_operations{state="at_work"} 0',
      'graphql_operations{state="waiting"} 0',
      'graphql_operations_refused_total 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/hush|Strangers|badgeGroups/);
    expect((await fetch(new URL('/metrics', service.url))).status).toBe(404);

    expect((await service.stop()).exit).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('on a port that is taken stop the start with one line', async () => {
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const variables = { DATABASE_URL: held.service.databaseUrl, METRICS_PORT: String(port) };
    await using service = spawnService(variables);
    expect(await service.ended).toEqual({
      exit: 1,
      stdout: '',
      stderr: `METRICS_PORT is ${port}, which another process is using on 127.0.0.1: choose another one, or 0 for a free one.\n`,
    });
  });

  test('are nowhere by default', async () => {
    await using service = await ServiceProcess.start({ DATABASE_URL: held.service.databaseUrl });
    expect((await service.stop()).stdout).not.toContain('Metrics');
  });
});
