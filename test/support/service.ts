import { randomInt, randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { ResultOf, TadaDocumentNode, VariablesOf } from 'gql.tada';
import { type GraphQLFormattedError, print } from 'graphql';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { insertApiClient } from '../../src/auth/api-client.repository.ts';
import { generateSecret, hashSecret } from '../../src/auth/secret.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { Db } from '../../src/database/database.ts';
import { createServer } from '../../src/server/server.ts';
import { type DatabaseKind, openTestDatabase, type TestDatabase } from './databases.ts';
import { type BadgeGroupFields, CreateBadgeGroup, ListBadgeGroups } from './graphql.ts';

export type BadgeGroup = ResultOf<typeof BadgeGroupFields>;
export type Outcome = NonNullable<ResultOf<typeof CreateBadgeGroup>['createBadgeGroup']>;
type Draft = VariablesOf<typeof CreateBadgeGroup>['input'];
type ListArguments = VariablesOf<typeof ListBadgeGroups>;

export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null | undefined;
  readonly errors: readonly GraphQLFormattedError[] | undefined;
}

/** The service over a database of its own, without a socket: `fetch` is the door. */
export class TestService {
  readonly db: Db;
  readonly databaseUrl: string | undefined;
  /** The lines it has logged. */
  readonly log: string[] = [];
  isStopping = false;
  readonly #database: TestDatabase;
  readonly #server: ReturnType<typeof createServer>;

  constructor(database: TestDatabase, config: Partial<Config> = {}) {
    this.#database = database;
    this.db = database.db;
    this.databaseUrl = database.url;
    const lines = new Writable({
      write: (chunk, _encoding, done) => {
        this.log.push(String(chunk));
        done();
      },
    });
    this.#server = createServer({
      config: { ...readConfig({ TZ: 'UTC' }), databaseUrl: database.url, ...config },
      db: database.db,
      logger: pino({ level: 'trace' }, lines),
      isStopping: () => this.isStopping,
    });
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return await this.#server.fetch(new URL(path, 'http://service.test'), init);
  }

  /** Posts a document as JSON. */
  async execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables> | string,
    variables?: Variables,
    headers: Record<string, string> = {},
  ): Promise<Answer<Data>> {
    const response = await this.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: typeof document === 'string' ? document : print(document), variables }),
    });
    const body = (await response.json()) as Pick<Answer<Data>, 'data' | 'errors'>;
    return { status: response.status, headers: response.headers, data: body.data, errors: body.errors };
  }

  /** A caller of an org that nobody else has, unless it is named. */
  async addCaller({
    orgId = randomInt(2 ** 31),
    access = 'write' as 'read' | 'write',
  } = {}): Promise<TestCaller> {
    const caller = { orgId, userId: randomInt(2 ** 31), canWrite: access === 'write' };
    const name = randomUUID();
    const secret = generateSecret();
    await insertApiClient(this.db, { ...caller, name, secretHash: hashSecret(secret) });
    return new TestCaller(this, { ...caller, authorization: basic(name, secret) });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

export class TestCaller {
  readonly orgId: number;
  readonly userId: number;
  readonly authorization: string;
  readonly #service: TestService;

  constructor(service: TestService, caller: { orgId: number; userId: number; authorization: string }) {
    this.#service = service;
    this.orgId = caller.orgId;
    this.userId = caller.userId;
    this.authorization = caller.authorization;
  }

  async execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables> | string,
    variables?: Variables,
  ): Promise<Answer<Data>> {
    return await this.#service.execute(document, variables, { authorization: this.authorization });
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

  async list(variables: ListArguments = {}): Promise<BadgeGroup[]> {
    const { data, errors } = await this.execute(ListBadgeGroups, variables);
    if (!data) throw new Error(`No list: ${JSON.stringify(errors)}`);
    return data.badgeGroups;
  }
}

export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/** A service for all tests of a `describe`, there when they run. */
export function useService(
  kind: DatabaseKind,
  config: Partial<Config> = {},
): { readonly service: TestService } {
  const holder: { service: TestService } = { service: undefined as unknown as TestService };
  beforeAll(async () => {
    holder.service = new TestService(await openTestDatabase(kind), config);
  });
  afterAll(() => holder.service?.close());
  return holder;
}
