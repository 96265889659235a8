import { round, table } from '../report.ts';
import type { Start } from './processes.ts';
import type { Sizes } from './sizes.ts';

export interface Growth {
  readonly pages: Readonly<Record<string, number>>;
  readonly byOrg: Sizes;
  readonly byTable: Sizes;
  readonly starts: Readonly<Record<string, Start>>;
  /** In MB: before the load, and after each minute of it. */
  readonly memory: readonly number[];
}

export function createGrowthReport(
  { pages, byOrg, byTable, starts, memory }: Growth,
  machine: Readonly<Record<string, unknown>>,
): string {
  const first = Object.values(pages)[0] ?? Number.NaN;
  const pageRows = Object.entries(pages).map(([title, ms]) => [title, round(ms), round(ms / first)]);
  const startRows = Object.entries(starts).map(([name, { ms, atRest }]) => [name, round(ms), round(atRest)]);
  return [
    `${machine['cpu']}, ${machine['cores']} cores; Node ${machine['node']}, Postgres ${machine['postgres']}; medians.`,
    '',
    'In an org of 1,000,000 groups:',
    '',
    table(['', 'ms', '× the first page'], pageRows),
    'Milliseconds (× the first column) by the number of groups in the org:',
    '',
    tableBySize(byOrg),
    'The same in an org of 100 groups, by the number of groups in the table:',
    '',
    tableBySize(byTable),
    'From the start of the process to the first answer, and memory at rest:',
    '',
    table(['', 'ms', 'MB'], startRows),
    `Memory of the service in MB, at rest and after each minute of lists and creates: ${memory.map(round).join(', ')}`,
  ].join('\n');
}

function tableBySize({ sizes, medians }: Sizes): string {
  const rows = Object.entries(medians).map(([title, times]) => {
    const [first = Number.NaN] = times;
    return [title, ...times.map((ms) => `${round(ms)} (${round(ms / first)})`)];
  });
  return table(['', ...sizes.map((size) => size.toLocaleString('en'))], rows);
}
