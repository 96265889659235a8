import type { TestService } from '../../support/service.ts';
import type { BenchServer } from '../database.ts';
import { ask, fillOrg, fillOthers, findCursor, openService, vacuum } from './orgs.ts';
import { measureInTurns, type Row } from './turns.ts';

export interface Sizes {
  readonly sizes: readonly number[];
  /** Of each operation, in milliseconds by size. */
  readonly medians: Readonly<Record<string, readonly number[]>>;
}

/** An org of 100 groups, in tables of 100 groups and more. */
export async function measureTables(server: BenchServer, largest: number): Promise<Sizes> {
  const sizes = powersOfTen(100, largest);
  const services: TestService[] = [];
  try {
    for (const size of sizes) {
      const service = await openService(server, `table_${size}`);
      services.push(service);
      await fillOrg(service.db, 1, 100);
      await fillOthers(service.db, 2, size - 100);
      await vacuum(service.db);
    }
    const columns = await Promise.all(services.map((service) => createColumn(service, 1, 100)));
    return { sizes, medians: await measureColumns(columns) };
  } finally {
    for (const service of services) await service.close();
  }
}

/** Orgs of one group and more, in one table; `service` has them under the numbers from 1 on. */
export async function measureOrgs(service: TestService, sizes: readonly number[]): Promise<Sizes> {
  const columns = await Promise.all(sizes.map((size, index) => createColumn(service, index + 1, size)));
  return { sizes, medians: await measureColumns(columns) };
}

export async function fillOrgs(server: BenchServer, sizes: readonly number[]): Promise<TestService> {
  const service = await openService(server, 'orgs');
  for (const [index, size] of sizes.entries()) await fillOrg(service.db, index + 1, size);
  await vacuum(service.db);
  return service;
}

export function powersOfTen(from: number, to: number): number[] {
  return from > to ? [] : [from, ...powersOfTen(from * 10, to)];
}

type Column = Readonly<Record<string, () => Promise<unknown>>>;

async function createColumn(service: TestService, orgId: number, size: number): Promise<Column> {
  const caller = await service.addCaller({ orgId });
  const [{ id } = { id: '' }] = await caller.list({ first: 1 });
  const after = await findCursor(service.db, orgId, Math.floor(size / 2));
  const page = `badgeGroupsConnection(first: 20, after: "${after}") {
    edges { node { id name rank } } pageInfo { endCursor }
  }`;
  let rank = 0;
  return {
    'list of 20': () => caller.list({ first: 20 }),
    'page of 20 from the middle on': () => ask(caller, page),
    'one by its id': () => caller.find(id),
    'update of a rank': () => {
      rank += 1;
      return caller.update({ id, rank });
    },
  };
}

async function measureColumns(columns: readonly Column[]): Promise<Record<string, number[]>> {
  const titles = Object.keys(columns[0] ?? {});
  const rows: Row[] = titles.map((title) => ({
    title,
    cells: columns.map((column) => column[title] ?? (async () => {})),
  }));
  const medians = await measureInTurns(rows);
  return Object.fromEntries(titles.map((title, index) => [title, medians[index] ?? []]));
}
