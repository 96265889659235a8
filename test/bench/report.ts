import type { Summary } from './summary.ts';
import { type Workload, workloads } from './workloads.ts';

export interface Memory {
  /** In MB: the most that the process has had, and what it has at the end. */
  readonly peak: number | null;
  readonly rss: number | null;
}

/** Three tables in Markdown: ratios, times, and what a request costs. */
export function createReport(
  summaries: readonly Summary[],
  memory: ReadonlyMap<string, Memory>,
  about: readonly string[],
): string {
  const names = [...memory.keys()];
  const used = (Object.keys(workloads) as Workload[]).filter((workload) =>
    summaries.some((summary) => summary.workload === workload),
  );
  const find = (contestant: string, workload: Workload) =>
    summaries.find((summary) => summary.contestant === contestant && summary.workload === workload);
  const cells = (name: string, write: (summary: Summary) => string) =>
    used.map((workload) => {
      const summary = find(name, workload);
      return summary ? write(summary) : '–';
    });
  const head = used.map((workload) => `${workload} ${workloads[workload]}`);
  const compareCreates = used.includes('W3') && names.includes('bare over our table');

  const ratios = names.map((name) => {
    const create = find(name, 'W3');
    return [
      name,
      ...cells(name, writeRatio),
      ...(compareCreates ? [create ? create.toBareOverOurTable.rate.toFixed(2) : '–'] : []),
    ];
  });
  const times = names.map((name) => [
    name,
    ...cells(name, ({ medians }) => `${round(medians.p50)} / ${round(medians.p99)}`),
  ]);
  const costs = names.map((name) => [
    name,
    ...cells(name, ({ medians }) => `${round(medians.serverCpu)} / ${round(medians.postgresCpu)}`),
    `${round(memory.get(name)?.rss ?? Number.NaN)} / ${round(memory.get(name)?.peak ?? Number.NaN)}`,
  ]);
  return [
    ...about,
    '',
    'Requests a second, as the ratio to `bare` in the same round:',
    '',
    table(['', ...head, ...(compareCreates ? ['W3 to `bare over our table`'] : [])], ratios),
    ...(names.includes('before')
      ? [
          '`service` as the ratio to `before` in the same round, requests a second / CPU of the server:',
          '',
          table(
            ['', ...head],
            [
              [
                'service',
                ...cells(
                  'service',
                  ({ toBefore: { rate, cpu } }) => `${rate.toFixed(2)} / ${cpu.toFixed(2)}`,
                ),
              ],
            ],
          ),
        ]
      : []),
    'Milliseconds until the answer, p50 / p99:',
    '',
    table(['', ...head], times),
    'CPU µs a request, server / Postgres; and the memory of the server in MB, at the end / at most:',
    '',
    table(['', ...head, 'memory'], costs),
  ].join('\n');
}

function writeRatio({ contestant, toBare, medians }: Summary): string {
  const rate = `${Math.round(medians.requestsPerSecond).toLocaleString('en')}/s`;
  if (contestant === 'bare') return `1 (${rate})`;
  return Number.isNaN(toBare.rate) ? rate : toBare.rate.toFixed(2);
}

export function round(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  if (value >= 9.95) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 0.995 ? 1 : 2);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
