import type { Run } from './rounds.ts';
import type { Workload } from './workloads.ts';

export const measures = ['requestsPerSecond', 'p50', 'p99', 'p999', 'serverCpu', 'postgresCpu'] as const;
type Measure = (typeof measures)[number];

/** Medians over the rounds. */
export type Medians = Readonly<Record<Measure, number>>;

export interface Ratios {
  readonly rate: number;
  readonly cpu: number;
}

export interface Summary {
  readonly contestant: string;
  readonly workload: Workload;
  readonly medians: Medians;
  /** Of what it has to what another contestant has in the same round: requests a second, and CPU of the server. */
  readonly toBare: Ratios;
  readonly toBareOverOurTable: Ratios;
  readonly toBefore: Ratios;
}

export function summarize(runs: readonly Run[]): Summary[] {
  const pairs = new Map(runs.map((run) => [`${run.contestant} ${run.workload}`, run]));
  return [...pairs.values()].map(({ contestant, workload }) => {
    const own = runs.filter((run) => run.contestant === contestant && run.workload === workload);
    const ratiosTo = (other: string) => ({
      rate: median(own.map((run) => findRatio(runs, run, other, 'requestsPerSecond'))),
      cpu: median(own.map((run) => findRatio(runs, run, other, 'serverCpu'))),
    });
    return {
      contestant,
      workload,
      medians: Object.fromEntries(
        measures.map((measure) => [measure, median(own.map((run) => run[measure] ?? Number.NaN))]),
      ) as Medians,
      toBare: ratiosTo('bare'),
      toBareOverOurTable: ratiosTo('bare over our table'),
      toBefore: ratiosTo('before'),
    };
  });
}

function findRatio(runs: readonly Run[], run: Run, other: string, measure: Measure): number {
  const { round, workload } = run;
  const theirs = runs.find(
    (their) => their.round === round && their.workload === workload && their.contestant === other,
  );
  return (run[measure] ?? Number.NaN) / (theirs?.[measure] ?? Number.NaN);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}
