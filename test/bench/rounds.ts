import { createHeaders, findRightAnswer } from './check.ts';
import type { Contestant } from './contestants.ts';
import { load, type Tool } from './load/load.ts';
import { readCpu, readFamilyCpu, readMemory } from './process-figures.ts';
import type { ServerProcess } from './server-process.ts';
import { clean } from './tables.ts';
import type { Exchange, Workload } from './workloads.ts';

const connections = 32;

/** One workload against one contestant, once. */
export interface Run {
  readonly round: number;
  readonly workload: Workload;
  readonly contestant: string;
  readonly requestsPerSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** CPU, in microseconds a request; null where the system does not tell. */
  readonly serverCpu: number | null;
  readonly postgresCpu: number | null;
  /** In MB, after the run. */
  readonly rss: number | null;
}

export interface Running extends Contestant {
  readonly server: ServerProcess;
}

export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly workloads: readonly Workload[];
  readonly tool: Tool;
  readonly postmaster: number | undefined;
}

/** Measures everybody in turn, the first of a round being another one each time; so all have the same noise. */
export async function measureRounds(
  contestants: readonly Running[],
  plan: Plan,
  report: (line: string) => void,
): Promise<Run[]> {
  const answers = new Map<Exchange, Map<string, string>>();
  const runs: Run[] = [];
  for (let round = 0; round <= plan.rounds; round += 1) {
    const first = round % contestants.length;
    const order = [...contestants.slice(first), ...contestants.slice(0, first)];
    for (const workload of plan.workloads) {
      const rates: string[] = [];
      for (const contestant of order) {
        const exchange = contestant.exchanges[workload];
        if (exchange === undefined) continue;
        const run = await measure(contestant, exchange, { round, workload }, plan).catch((error: Error) => {
          throw new Error(`${contestant.name}, ${workload}: ${error.message}`);
        });
        rates.push(`${contestant.name} ${Math.round(run.requestsPerSecond)}`);
        if (round > 0) runs.push(run);
      }
      const title = round === 0 ? 'warm-up' : `round ${round} of ${plan.rounds}`;
      report(`${title}, ${workload}, requests/s: ${rates.join(', ')}`);
    }
  }
  return runs;

  async function measure(
    { name, server, authorization, database, table }: Running,
    exchange: Exchange,
    { round, workload }: { round: number; workload: Workload },
    { tool, postmaster, seconds, warmUpSeconds }: Plan,
  ): Promise<Run> {
    const known = answers.get(exchange) ?? new Map<string, string>();
    answers.set(exchange, known);
    const answer = known.get(name) ?? (await findRightAnswer(server.url, authorization, exchange));
    known.set(name, answer);

    const before = { server: readCpu(server.pid), postgres: readFamilyCpu(postmaster) };
    const figures = await load(tool, {
      url: server.url,
      headers: createHeaders(authorization),
      body: exchange.body,
      answer,
      isShape: exchange.isShape,
      prefix: `Bench ${round} `,
      connections,
      seconds: round === 0 ? warmUpSeconds : seconds,
    });
    const perRequest = (cpuSeconds: number) => finite((cpuSeconds * 1e6) / figures.requests);
    const run = {
      round,
      workload,
      contestant: name,
      requestsPerSecond: figures.requests / figures.seconds,
      p50: figures.p50,
      p99: figures.p99,
      p999: figures.p999,
      serverCpu: perRequest(readCpu(server.pid) - before.server),
      postgresCpu: perRequest(readFamilyCpu(postmaster) - before.postgres),
      rss: finite(readMemory(server.pid).rss),
    };
    server.forgetLog();
    if (exchange.isShape) await clean(database, table);
    return run;
  }
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
