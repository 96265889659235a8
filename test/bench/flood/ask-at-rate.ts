import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, Observed } from './observed.ts';
import { Carrier, writeRequest } from './requests.ts';

export interface RateTask {
  readonly url: string;
  readonly authorizations: readonly string[];
  readonly body: string;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
}

/**
 * Sends requests at their times whatever becomes of those before, each over a connection that is free, or a new one. What
 * it takes to answer one is counted from the time at which it was to be sent.
 */
export async function askAtRate({ url, authorizations, body, rate, seconds }: RateTask): Promise<Figures> {
  const requests = authorizations.map((authorization) => writeRequest(url, authorization, body));
  const observed = new Observed();
  const free: Carrier[] = [];
  const begun: Promise<void>[] = [];
  const start = performance.now();

  async function ask(request: string, dueAt: number): Promise<void> {
    const carrier = free.pop() ?? new Carrier(url);
    const outcome = await carrier.send(request);
    observed.add(outcome, performance.now() - dueAt);
    free.push(carrier);
  }

  for (let sent = 0; sent < rate * seconds; ) {
    const due = Math.min(((performance.now() - start) / 1_000) * rate, rate * seconds);
    for (; sent < due; sent += 1)
      begun.push(ask(requests[sent % requests.length] as string, start + (sent / rate) * 1_000));
    await sleep(1);
  }
  await Promise.all(begun);
  for (const carrier of free) carrier.close();
  return observed.summarise((performance.now() - start) / 1_000);
}
