import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Sums of gauges under the names of counters, which Prometheus' own check refuses; `sum` gives them as well. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The process, and what runs in it. */
export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of misnamed) register.removeSingleMetric(name);
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  new Gauge({
    name: 'badge_groups_build_info',
    help: 'Always 1; the version of the service and of Node.',
    labelNames: ['version', 'node_version'],
    registers: [register],
  }).set({ version: JSON.parse(manifest).version, node_version: process.version }, 1);
}
