import { setTimeout as sleep } from 'node:timers/promises';
import { createHeaders, findRightAnswer } from '../check.ts';
import type { Contestant } from '../contestants.ts';
import { load, type Tool } from '../load/load.ts';
import type { Pinning } from '../machine.ts';
import { readMemory } from '../process-figures.ts';
import { ServerProcess } from '../server-process.ts';
import { median } from '../summary.ts';
import type { Exchange } from '../workloads.ts';

const starts = 5;

export interface Place {
  readonly log: string;
  readonly pinning: Pinning | undefined;
}

export interface Start {
  /** From the start of the process to the first answer. */
  readonly ms: number;
  /** In MB, a second after that answer. */
  readonly atRest: number;
}

/** How long each takes to answer its first list of 20, and what memory it has then; medians. */
export async function measureStarts(
  contestants: readonly Contestant[],
  place: Place,
): Promise<Record<string, Start>> {
  const found = new Map<string, Start[]>(contestants.map(({ name }) => [name, []]));
  for (let turn = 0; turn < starts; turn += 1) {
    for (const contestant of contestants) {
      found.get(contestant.name)?.push(await measureStart(contestant, place));
    }
  }
  const medians = [...found].map(([name, all]) => {
    return [name, { ms: median(all.map(({ ms }) => ms)), atRest: median(all.map(({ atRest }) => atRest)) }];
  });
  return Object.fromEntries(medians);
}

async function measureStart(contestant: Contestant, place: Place): Promise<Start> {
  const startedAt = performance.now();
  const server = await ServerProcess.start(contestant.command, place);
  try {
    await findRightAnswer(server.url, contestant.authorization, contestant.exchanges.W1 as Exchange);
    const ms = performance.now() - startedAt;
    await sleep(1_000);
    return { ms, atRest: readMemory(server.pid).rss };
  } finally {
    await server.stop();
  }
}

/** The memory in MB: before, and after each minute in which half of the connections list and half create. */
export async function measureMemory(
  { command, authorization, exchanges }: Contestant,
  minutes: number,
  tool: Tool,
  place: Place,
): Promise<number[]> {
  const server = await ServerProcess.start(command, place);
  const read = () => readMemory(server.pid).rss;
  try {
    const runs: { exchange: Exchange; answer: string }[] = [];
    for (const exchange of [exchanges.W1, exchanges.W3] as Exchange[]) {
      runs.push({ exchange, answer: await findRightAnswer(server.url, authorization, exchange) });
    }
    const found = [read()];
    for (let minute = 1; minute <= minutes; minute += 1) {
      const loads = runs.map(({ exchange, answer }) =>
        load(tool, {
          url: server.url,
          headers: createHeaders(authorization),
          body: exchange.body,
          answer,
          isShape: exchange.isShape,
          prefix: `Bench ${minute} `,
          connections: 16,
          seconds: 60,
        }),
      );
      await Promise.all(loads);
      server.forgetLog();
      found.push(read());
    }
    return found;
  } finally {
    await server.stop();
  }
}
