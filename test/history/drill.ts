import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBadgeGroup, FindBadgeGroup, ListBadgeGroups, UpdateBadgeGroup } from '../support/graphql.ts';
import type { Answer as HttpAnswer, Outcome, TestCaller, UpdateOutcome } from '../support/service.ts';
import type { Answer, Call, Group, Request } from './model.ts';

type Told = Group & { readonly name: string };

/** How many groups are worked on at a time. */
const width = 3;

/** What many clients asked and were told, by one clock. */
export class Recording {
  /** By the name of the group that they are about. */
  readonly calls = new Map<string, Call[]>();
  /** The newest state of each group that anybody was told of. */
  readonly newest = new Map<string, Told>();
  readonly counts: Record<string, number> = {};

  add(name: string, call: Call, told: Told | null | undefined): void {
    const calls = this.calls.get(name) ?? [];
    this.calls.set(name, calls);
    calls.push(call);
    const { lastUpdatedOn = 0 } = this.newest.get(name) ?? {};
    if (told && told.lastUpdatedOn > lastUpdatedOn) this.newest.set(name, told);
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

/**
 * Has every caller work for so many seconds, or until it is aborted, on the same few groups, on others from time to time:
 * they create, read and update them, mostly with the `lastUpdatedOn` that anybody was told last. Each needs a user of its
 * own.
 */
export async function drill(
  callers: readonly TestCaller[],
  seconds: number,
  signal?: AbortSignal,
): Promise<Recording> {
  const recording = new Recording();
  const startedAt = performance.now();
  const epochMs = Math.max(500, (seconds * 1_000) / 50);
  const clients = callers.map((caller) => new Client(caller, recording));
  await Promise.all(
    clients.map(async (client) => {
      for (let ms = 0; ms < seconds * 1_000 && !signal?.aborted; ms = performance.now() - startedAt) {
        const epoch = Math.floor(ms / epochMs);
        await client.work(Array.from({ length: width }, (_, index) => `Group ${epoch * width + index}`));
      }
    }),
  );
  // What was acknowledged last has to be there, too.
  while (!(await clients[0]?.list([...recording.calls.keys()]))) await sleep(50);
  return recording;
}

let lastRank = 0;

class Client {
  readonly #caller: TestCaller;
  readonly #recording: Recording;

  constructor(caller: TestCaller, recording: Recording) {
    this.#caller = caller;
    this.#recording = recording;
  }

  /** One call. */
  async work(names: readonly string[]): Promise<void> {
    const name = pick(names);
    const seen = this.#recording.newest.get(name);
    const dice = randomInt(100);
    if (dice < (seen ? 5 : 60)) await this.#create(name);
    else if (!seen || dice < 15) await this.list(names);
    else if (dice < 35) await this.#find(seen);
    else await this.#update(seen, { isConditional: dice < 85 });
  }

  /** False when there was no answer. */
  async list(names: readonly string[]): Promise<boolean> {
    const startedAt = performance.now();
    const data = await this.#ask(() => this.#caller.execute(ListBadgeGroups, {}));
    if (!data) return false;
    for (const name of names) {
      const group = data.badgeGroups.find((one) => one.name === name) ?? null;
      this.#record(name, { is: 'read' }, startedAt, { isDone: true, group });
    }
    return true;
  }

  async #find({ name, id }: Told): Promise<void> {
    const startedAt = performance.now();
    const data = await this.#ask(() => this.#caller.execute(FindBadgeGroup, { id }));
    if (data) this.#record(name, { is: 'read' }, startedAt, { isDone: true, group: data.badgeGroup });
  }

  async #create(name: string): Promise<void> {
    lastRank += 1;
    const draft = { rank: lastRank };
    const startedAt = performance.now();
    const data = await this.#ask(() => this.#caller.execute(CreateBadgeGroup, { input: { name, ...draft } }));
    this.#record(name, { is: 'create', ...draft }, startedAt, this.#read(data?.createBadgeGroup));
  }

  async #update(seen: Told, { isConditional }: { isConditional: boolean }): Promise<void> {
    lastRank += 1;
    const changes = {
      ...pick([
        { rank: lastRank },
        { isActive: !seen.isActive },
        { rank: lastRank, isActive: !seen.isActive },
        // Changes nothing, unless somebody else does meanwhile.
        { rank: seen.rank },
      ]),
      ...(isConditional && { ifLastUpdatedOn: seen.lastUpdatedOn }),
    };
    const startedAt = performance.now();
    const data = await this.#ask(() =>
      this.#caller.execute(UpdateBadgeGroup, { input: { id: seen.id, ...changes } }),
    );
    this.#record(seen.name, { is: 'update', ...changes }, startedAt, this.#read(data?.updateBadgeGroup));
  }

  #record(
    name: string,
    request: Request,
    startedAt: number,
    answer: (Answer & { group: Told | null }) | undefined,
  ) {
    const endedAt = answer ? performance.now() : Number.POSITIVE_INFINITY;
    const { userId } = this.#caller;
    this.#recording.count(`${request.is} ${answer ? (answer.isDone ? 'done' : 'refused') : 'unknown'}`);
    this.#recording.add(name, { userId, request, startedAt, endedAt, answer }, answer?.group);
  }

  #read(outcome: Outcome | UpdateOutcome | null | undefined) {
    if (!outcome) return undefined;
    switch (outcome.__typename) {
      case 'BadgeGroup':
        return { isDone: true, group: outcome };
      case 'BadgeGroupChangedError':
        return { isDone: false, group: outcome.currentGroup };
      case 'BadgeGroupNameNotUniqueError':
        return { isDone: false, group: outcome.existingGroup };
      case 'BadgeGroupNotFoundError':
        return { isDone: false, group: null };
      default:
        throw new Error(`Not to be refused so: ${JSON.stringify(outcome)}`);
    }
  }

  /** Undefined when the outcome is unknown. */
  async #ask<Data>(send: () => Promise<HttpAnswer<Data>>): Promise<Data | undefined> {
    const answer = await send().catch(({ name, message }: Error) => {
      this.#recording.count(`no answer: ${name === 'TimeoutError' ? 'given up' : message}`);
    });
    if (!answer) return undefined;
    for (const { message, extensions } of answer.errors ?? []) {
      if (extensions?.['code'] !== 'SERVICE_UNAVAILABLE') throw new Error(message);
      this.#recording.count('no answer: SERVICE_UNAVAILABLE');
    }
    // What an error has nulled says nothing.
    return answer.errors ? undefined : (answer.data ?? undefined);
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[randomInt(items.length)] as Item;
}
