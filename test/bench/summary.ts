import type { Run } from './rounds.ts';
import type { Workload } from './workloads.ts';

export const measures = ['requestsPerSecond', 'p50', 'p99', 'p999', 'serverCpu', 'postgresCpu'] as const;
type Measure = (typeof measures)[number];

/** Medians over the rounds. */
export type Medians = Readonly<Record<Measure, number>>;

export interface Summary {
  readonly contestant: string;
  readonly workload: Workload;
  readonly medians: Medians;
  /** Of its requests a second to those of the bare servers in the same round. */
  readonly toBare: number;
  readonly toBareOverOurTable: number;
}

export function summarize(runs: readonly Run[]): Summary[] {
  const pairs = new Map(runs.map((run) => [`${run.contestant} ${run.workload}`, run]));
  return [...pairs.values()].map(({ contestant, workload }) => {
    const own = runs.filter((run) => run.contestant === contestant && run.workload === workload);
    const ratioTo = (other: string) => median(own.map((run) => findRatio(runs, run, other)));
    return {
      contestant,
      workload,
      medians: Object.fromEntries(
        measures.map((measure) => [measure, median(own.map((run) => run[measure] ?? Number.NaN))]),
      ) as Medians,
      toBare: ratioTo('bare'),
      toBareOverOurTable: ratioTo('bare over our table'),
    };
  });
}

function findRatio(runs: readonly Run[], { round, workload, requestsPerSecond }: Run, other: string): number {
  const theirs = runs.find(
    (run) => run.round === round && run.workload === workload && run.contestant === other,
  );
  return requestsPerSecond / (theirs?.requestsPerSecond ?? Number.NaN);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}
