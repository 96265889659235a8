import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CreateBadgeGroup } from '../support/graphql.ts';
import { root, ServiceProcess } from '../support/process.ts';
import { panelQueries } from '../support/queries.ts';
import { useService } from '../support/service.ts';

const held = useService('a Postgres server');

test('promtool has nothing to say of the metrics of a service that has had all kinds of requests', async () => {
  await using service = await ServiceProcess.start({
    DATABASE_URL: held.service.databaseUrl,
    METRICS_PORT: '0',
  });
  const [, url = ''] = await service.printed(/Metrics are on (http:\S+?)"/);
  const { authorization } = await held.service.addCaller();
  const input = { name: 'Gold', rank: 1 };
  for (const _time of ['made', 'taken'])
    await service.execute(CreateBadgeGroup, { input }, { authorization });
  await service.execute('query Groups { badgeGroups { id } }', {}, { authorization });
  await service.execute('{ badgeGroups { id } }');
  const metrics = await (await fetch(url)).text();
  expect(metrics).toContain('database_statement_duration_seconds_count{statement="insert_badge_group"} 2');
  expect(promtool(['check', 'metrics'], metrics)).toEqual({ status: 0, output: '' });
});

test('promtool finds the alert rules well formed, and each of them right on both sides', () => {
  expect(promtool(['check', 'rules', 'deploy/alerts.yaml'])).toMatchObject({ status: 0 });
  expect(promtool(['test', 'rules', 'deploy/alerts.test.yaml'])).toMatchObject({ status: 0 });
});

test('promtool can read each query of the dashboard', () => {
  const directory = mkdtempSync(join(tmpdir(), 'badge-groups-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const rules = panelQueries.map(({ expression }, index) => ({
    record: `panel:${index}`,
    // What Grafana puts in.
    expr: expression.replaceAll(/\$__(rate_interval|range)/g, '5m'),
  }));
  const file = join(directory, 'panels.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  expect(promtool(['check', 'rules', file])).toMatchObject({ status: 0 });
});

function promtool(args: string[], input = '') {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, {
    cwd: root,
    input,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { status, output: stdout + stderr };
}
