import { randomInt, randomUUID } from 'node:crypto';
import type { ResultOf, TadaDocumentNode, VariablesOf } from 'gql.tada';
import { type GraphQLFormattedError, print } from 'graphql';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { insertApiClient } from '../../src/auth/api-client.repository.ts';
import { generateSecret, hashSecret } from '../../src/auth/secret.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import type { Db } from '../../src/database/database.ts';
import type { Stage } from '../../src/http/health.ts';
import { createServer, type HttpServer } from '../../src/http/server.ts';
import { httpLimits, type Listening, listen } from '../../src/http/socket.ts';
import { Turns } from '../../src/http/turns/turns.ts';
import { type DatabaseKind, openSharedDatabase, type TestDatabase } from './databases.ts';
import { fetchThroughDoor, isJudged } from './door.ts';
import {
  type BadgeGroupFields,
  CreateBadgeGroup,
  FindBadgeGroup,
  FindBadgeGroupByName,
  FindBadgeGroupsById,
  FindHistory,
  ListBadgeGroups,
  PageBadgeGroups,
  ReorderBadgeGroups,
  UpdateBadgeGroup,
} from './graphql.ts';
import { recordLog } from './recorded-log.ts';

export type BadgeGroup = ResultOf<typeof BadgeGroupFields>;
export type Outcome = NonNullable<ResultOf<typeof CreateBadgeGroup>['createBadgeGroup']>;
export type UpdateOutcome = NonNullable<ResultOf<typeof UpdateBadgeGroup>['updateBadgeGroup']>;
export type Page = ResultOf<typeof PageBadgeGroups>['badgeGroupsConnection'];
export type History = NonNullable<ResultOf<typeof FindHistory>['badgeGroup']>['history'];
export type Version = History['edges'][number]['node'];
export type PageArguments = VariablesOf<typeof PageBadgeGroups>;
export type ReorderOutcome = NonNullable<ResultOf<typeof ReorderBadgeGroups>['reorderBadgeGroups']>;
type Ranks = VariablesOf<typeof ReorderBadgeGroups>['input']['ranks'];
type Changes = VariablesOf<typeof UpdateBadgeGroup>['input'];
type Draft = VariablesOf<typeof CreateBadgeGroup>['input'];
type ListArguments = VariablesOf<typeof ListBadgeGroups>;

export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null | undefined;
  readonly errors: readonly GraphQLFormattedError[] | undefined;
}

/** Where operations go in and answers come out. */
export interface Door {
  execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables> | string,
    variables?: Variables,
    headers?: Record<string, string>,
  ): Promise<Answer<Data>>;
}

/** The service over a database of its own, without a socket: `fetch` is the door. */
export class TestService implements Door {
  readonly db: Db;
  readonly databaseUrl: string | undefined;
  /** The lines it has logged. */
  readonly log: string[];
  /** Those lines that tell of more than a request. */
  get faults(): string[] {
    return this.log.filter((line) => JSON.parse(line).msg !== 'request');
  }

  stage: Stage = 'serving';
  readonly #database: TestDatabase;
  readonly #server: HttpServer;
  readonly #judge: HttpServer | undefined;
  #socket: Listening | undefined;

  constructor(database: TestDatabase, config: Partial<Config> = {}) {
    this.#database = database;
    this.db = database.db;
    this.databaseUrl = database.url;
    const { logger, log } = recordLog('trace');
    this.log = log;
    const options = {
      config: { ...readConfig({ TZ: 'UTC', DATABASE_URL: database.url }), ...config },
      db: database.db,
      reads: database.reads,
      turns: new Turns(10),
      findStage: () => this.stage,
    };
    this.#server = createServer({ ...options, logger });
    if (isJudged) this.#judge = createServer({ ...options, logger: pino({ level: 'silent' }) });
  }

  /** A service of another configuration over the same database, which stays this one's to close. */
  with({ db = this.db, ...config }: Partial<Config> & { db?: Db } = {}): TestService {
    return new TestService({ db, url: this.databaseUrl, close: async () => {} }, config);
  }

  /** Opens a socket of its own, which closes with the service, and returns where GraphQL is on it. */
  async listen(limits: Partial<typeof httpLimits> = {}, { onlyLoopbackNames = false } = {}): Promise<string> {
    const place = { host: '127.0.0.1', port: 0, variable: 'PORT', onlyLoopbackNames };
    this.#socket = await listen(this.#server.listener, place, { ...httpLimits, ...limits });
    return `http://127.0.0.1:${this.#socket.address.port}/graphql`;
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return await fetchThroughDoor(this.#server, new URL(path, 'http://service.test'), init, this.#judge);
  }

  /** Posts a document as JSON. */
  async execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables> | string,
    variables?: Variables,
    headers: Record<string, string> = {},
  ): Promise<Answer<Data>> {
    return await postDocument((init) => this.fetch('/graphql', init), document, variables, headers);
  }

  /** The same caller, calling this service instead. */
  adopt({ orgId, userId, authorization }: TestCaller): TestCaller {
    return new TestCaller(this, { orgId, userId, authorization });
  }

  /** A caller of an org that nobody else has, unless it is named. */
  async addCaller({
    orgId = randomInt(2 ** 31),
    userId = randomInt(2 ** 31),
    access = 'write' as 'read' | 'write',
  } = {}): Promise<TestCaller> {
    const caller = { orgId, userId, canWrite: access === 'write' };
    const name = randomUUID();
    const secret = generateSecret();
    await insertApiClient(this.db, { ...caller, name, secretHash: hashSecret(secret) });
    return new TestCaller(this, { ...caller, authorization: basic(name, secret) });
  }

  /** Gives an org many groups at once. */
  async fill(orgId: number, count: number): Promise<void> {
    await sql`
      insert into badge_group (org_id, id, name, rank, created_by, updated_by)
      select ${orgId}::int, lpad(to_hex(n), 24, '0'), 'Group ' || n, n % 100, 1, 1
      from generate_series(1, ${count}::int) as n`.execute(this.db);
  }

  async stopListening(): Promise<void> {
    await this.#socket?.close({ grace: 0, patience: 0 });
    this.#socket = undefined;
  }

  async close(): Promise<void> {
    await this.stopListening();
    await this.#database.close();
  }
}

/** Posts a document as JSON by `send`. */
export async function postDocument<Data, Variables>(
  send: (init: RequestInit) => Promise<Response>,
  document: TadaDocumentNode<Data, Variables> | string,
  variables: Variables | undefined,
  headers: Record<string, string>,
): Promise<Answer<Data>> {
  const response = await send({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: typeof document === 'string' ? document : print(document), variables }),
  });
  const body = (await response.json()) as Pick<Answer<Data>, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, data: body.data, errors: body.errors };
}

export class TestCaller {
  readonly orgId: number;
  readonly userId: number;
  readonly authorization: string;
  readonly #door: Door;

  constructor(door: Door, caller: Pick<TestCaller, 'orgId' | 'userId' | 'authorization'>) {
    this.#door = door;
    this.orgId = caller.orgId;
    this.userId = caller.userId;
    this.authorization = caller.authorization;
  }

  async execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables> | string,
    variables?: Variables,
  ): Promise<Answer<Data>> {
    return await this.#door.execute(document, variables, { authorization: this.authorization });
  }

  /** Whatever a create is answered with. */
  async tryCreate(input: Draft): Promise<Outcome> {
    const { data, errors } = await this.execute(CreateBadgeGroup, { input });
    if (!data?.createBadgeGroup) throw new Error(`No outcome: ${JSON.stringify(errors)}`);
    return data.createBadgeGroup;
  }

  /** A create that has to succeed. */
  async create(input: Draft): Promise<BadgeGroup> {
    const outcome = await this.tryCreate(input);
    if (outcome.__typename !== 'BadgeGroup') throw new Error(`Not created: ${JSON.stringify(outcome)}`);
    const { __typename, ...group } = outcome;
    return group;
  }

  /** Whatever an update is answered with. */
  async tryUpdate(input: Changes): Promise<UpdateOutcome> {
    const { data, errors } = await this.execute(UpdateBadgeGroup, { input });
    if (!data?.updateBadgeGroup) throw new Error(`No outcome: ${JSON.stringify(errors)}`);
    return data.updateBadgeGroup;
  }

  /** An update that has to succeed. */
  async update(input: Changes): Promise<BadgeGroup> {
    const outcome = await this.tryUpdate(input);
    if (outcome.__typename !== 'BadgeGroup') throw new Error(`Not updated: ${JSON.stringify(outcome)}`);
    const { __typename, ...group } = outcome;
    return group;
  }

  /** Whatever a reorder is answered with. */
  async tryReorder(ranks: Ranks): Promise<ReorderOutcome> {
    const { data, errors } = await this.execute(ReorderBadgeGroups, { input: { ranks } });
    if (!data?.reorderBadgeGroups) throw new Error(`No outcome: ${JSON.stringify(errors)}`);
    return data.reorderBadgeGroups;
  }

  async find(id: string): Promise<BadgeGroup | null> {
    const { data, errors } = await this.execute(FindBadgeGroup, { id });
    if (!data) throw new Error(`No answer: ${JSON.stringify(errors)}`);
    return data.badgeGroup;
  }

  async findByName(name: string): Promise<BadgeGroup | null> {
    const { data, errors } = await this.execute(FindBadgeGroupByName, { name });
    if (!data || errors) throw new Error(`No answer: ${JSON.stringify(errors)}`);
    return data.badgeGroupByName;
  }

  async findByIds(ids: string[]): Promise<(BadgeGroup | null)[]> {
    const { data, errors } = await this.execute(FindBadgeGroupsById, { ids });
    if (!data) throw new Error(`No answer: ${JSON.stringify(errors)}`);
    return data.badgeGroupsById;
  }

  async history(id: string, window: Omit<VariablesOf<typeof FindHistory>, 'id'> = {}): Promise<History> {
    const { data, errors } = await this.execute(FindHistory, { id, ...window });
    if (!data?.badgeGroup) throw new Error(`No history: ${JSON.stringify(errors)}`);
    return data.badgeGroup.history;
  }

  async page(variables: PageArguments = {}): Promise<Page> {
    const { data, errors } = await this.execute(PageBadgeGroups, variables);
    if (!data) throw new Error(`No page: ${JSON.stringify(errors)}`);
    return data.badgeGroupsConnection;
  }

  async list(variables: ListArguments = {}): Promise<BadgeGroup[]> {
    const { data, errors } = await this.execute(ListBadgeGroups, variables);
    if (!data) throw new Error(`No list: ${JSON.stringify(errors)}`);
    return data.badgeGroups;
  }
}

/** What a history says of a group as it is. */
export function toVersion(group: BadgeGroup): Version {
  const { name, rank, isActive, lastUpdatedBy, lastUpdatedOn, lastUpdatedOnISO } = group;
  const change = { changedBy: lastUpdatedBy, changedOn: lastUpdatedOn, changedOnISO: lastUpdatedOnISO };
  return { name, rank, isActive, ...change };
}

export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/**
 * A service for all tests of a `describe`, there when they run, over a database that has nothing in it before them.
 * Who alters more than rows, or sets up a session, opens one of its own by `openTestDatabase`.
 */
export function useService(
  kind: DatabaseKind,
  config: Partial<Config> = {},
  open: (kind: DatabaseKind) => Promise<TestDatabase> = openSharedDatabase,
): { readonly service: TestService } {
  const holder: { service: TestService } = { service: undefined as unknown as TestService };
  beforeAll(async () => {
    holder.service = new TestService(await open(kind), config);
  });
  afterAll(() => holder.service?.close());
  return holder;
}
