import { setTimeout as sleep } from 'node:timers/promises';
import type { TadaDocumentNode } from 'gql.tada';
import { getOperationAST, parse } from 'graphql';
import { expect } from 'vitest';
import { drill, type Recording } from '../history/drill.ts';
import { type Answer, type Door, postDocument, TestCaller, type TestService } from '../support/service.ts';

/** Each asks for one thing after the other. */
export const clients = 8;
/** Until the events are over; what takes this long hangs. */
const patienceSeconds = 100;

type Kind = 'read' | 'write';
type Outcome = 'good' | 'sent again' | 'failed';

interface Failure {
  readonly during: string;
  readonly kind: Kind;
  readonly answer: unknown;
}

/** What clients of a balancer were told, by what was going on when they were. */
export class Tally {
  readonly counts: Record<string, Record<string, number>> = {};
  readonly failures: Failure[] = [];
  #during = '';

  begin(during: string): void {
    this.#during = during;
    this.counts[during] ??= {};
  }

  count(kind: Kind, outcome: Outcome, answer?: unknown): void {
    const counts = this.counts[this.#during] ?? {};
    const key = `${kind}s ${outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
    if (outcome === 'failed') this.failures.push({ during: this.#during, kind, answer });
  }

  /** Waits until this has come to be counted. */
  async told(what: string): Promise<void> {
    await expect.poll(() => this.counts[this.#during]?.[what] ?? 0).toBeGreaterThan(0);
  }

  /** Waits until so many more reads, and as many writes, are answered well. */
  async answered(more = 100): Promise<void> {
    const read = () => {
      const { 'reads good': reads = 0, 'writes good': writes = 0 } = this.counts[this.#during] ?? {};
      return { reads, writes };
    };
    const before = read();
    const count = () => Math.min(read().reads - before.reads, read().writes - before.writes);
    await expect.poll(count, { timeout: 20_000 }).toBeGreaterThanOrEqual(more);
  }
}

/** Has clients of a balancer create, read and update the same few groups until `events` are over; gives all calls. */
export async function loadBalancer(
  url: string,
  { service, tally }: { service: TestService; tally: Tally },
  events: () => Promise<void>,
): Promise<Recording> {
  const { orgId } = await service.addCaller();
  const callers = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const door = openDoor(url, tally, client % 2 === 0 ? 'GET' : 'POST');
      return new TestCaller(door, await service.addCaller({ orgId }));
    }),
  );
  const over = new AbortController();
  const drilling = drill(callers, patienceSeconds, over.signal);
  const happening = events().finally(() => over.abort());
  // Told below, once nobody needs the balancer any more.
  happening.catch(() => {});
  const recording = await drilling;
  await happening;
  return recording;
}

/**
 * A client as the README wants it, whose reads go by this method. A read that is to be tried again is, after the time
 * that is told; a write that was not answered well is not sent again, its outcome stays open.
 */
function openDoor(url: string, tally: Tally, method: 'GET' | 'POST'): Door {
  return {
    async execute<Data, Variables>(
      document: TadaDocumentNode<Data, Variables> | string,
      variables?: Variables,
      headers: Record<string, string> = {},
    ): Promise<Answer<Data>> {
      const kind = findKind(document);
      const send = (init: RequestInit) =>
        kind === 'read' && method === 'GET' ? fetchByGet(url, init) : fetch(url, init);
      for (;;) {
        const asked = postDocument<Data, Variables>(send, document, variables, headers);
        const answer = await asked.catch((error: Error) => error);
        const outcome = judge(kind, answer);
        tally.count(kind, outcome, answer);
        if (answer instanceof Error) throw answer;
        if (outcome !== 'sent again') return answer;
        await sleep(Number(answer.headers.get('retry-after')) * 1_000);
      }
    },
  };
}

function findKind(document: TadaDocumentNode<unknown, never> | string): Kind {
  const parsed = typeof document === 'string' ? parse(document) : document;
  return getOperationAST(parsed)?.operation === 'query' ? 'read' : 'write';
}

function judge(kind: Kind, answer: Answer<unknown> | Error): Outcome {
  if (answer instanceof Error) return 'failed';
  const { status, headers, errors } = answer;
  if (status === 200 && errors === undefined) return 'good';
  return kind === 'read' && status === 503 && headers.has('retry-after') ? 'sent again' : 'failed';
}

/** Sends by GET what was to be posted, on a connection of its own. */
export async function fetchByGet(url: string, { headers, body }: RequestInit): Promise<Response> {
  const { query, variables = {} } = JSON.parse(String(body));
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  return await fetch(`${url}?${parameters}`, {
    headers: { ...headers, 'x-graphql-yoga-csrf': '1', connection: 'close' },
  });
}
