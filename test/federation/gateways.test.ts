import { isInterfaceType, print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { type BadgesSubgraph, startBadgesSubgraph } from '../support/badges-subgraph.ts';
import { failStatements } from '../support/failing-statements.ts';
import {
  type Gateway,
  type GatewayAnswer,
  gatewayKinds,
  type Subgraph,
  startGateway,
} from '../support/gateways.ts';
import { BadgeGroupFields, CreateBadgeGroup, UpdateBadgeGroup } from '../support/graphql.ts';
import { type TestService, useService } from '../support/service.ts';

const unknownId = '69708faa0772ad476ecf8511';

describe.each(gatewayKinds)('behind %s', (kind) => {
  const held = useService('a Postgres server');
  let service: TestService;
  let badgesSubgraph: BadgesSubgraph;
  let subgraphs: Subgraph[];
  let gateway: Gateway;
  // What the planner of Hive Router leaves out where others say null, as docs/using.md has it.
  const onRouter = kind === 'Hive Gateway on the query planner of Hive Router';
  const missing = onRouter ? {} : null;
  const refused = (data: object | null) => (onRouter ? undefined : data);

  beforeAll(async () => {
    badgesSubgraph = await startBadgesSubgraph();
    // For a statement with this name the database is away.
    const db = failStatements(held.service.db, ({ parameters }) => parameters.includes('Unavailable'));
    service = held.service.with({ db });
    subgraphs = [
      { name: 'badge-groups', url: await service.listen() },
      { name: 'badges', url: badgesSubgraph.url },
    ];
    gateway = await startGateway[kind](subgraphs);
  });

  afterAll(async () => {
    await gateway?.stop();
    await service?.stopListening();
    await badgesSubgraph?.stop();
  });

  /** Two groups of one caller, three badges in them. */
  async function setUp() {
    const caller = await held.service.addCaller();
    const gold = await caller.create({ name: 'Gold', rank: 2 });
    const silver = await caller.create({ name: 'Silver', rank: 1 });
    badgesSubgraph.badges = [
      { id: '1', groupId: gold.id },
      { id: '2', groupId: silver.id },
      { id: '3', groupId: gold.id },
    ];
    gateway.sent.length = 0;
    return { caller, gold, silver };
  }

  test('joins badges to their groups, exact to the microsecond, with one call for all references', async () => {
    const { caller, gold, silver } = await setUp();
    const answer = await gateway.execute(badgesWithGroups, caller);
    expect(answer).toEqual({
      data: {
        badges: [
          { id: '1', group: gold },
          { id: '2', group: silver },
          { id: '3', group: gold },
        ],
      },
    });
    const calls = gateway.sent.filter(({ url }) => url === subgraphs[0]?.url);
    expect(calls).toMatchObject([{ query: expect.stringContaining('_entities') }]);
    const references = calls[0]?.variables?.['representations'] as { id: string }[];
    expect(new Set(references.map(({ id }) => id))).toEqual(new Set([gold.id, silver.id]));
  });

  test('joins a list of groups to their badges', async () => {
    const { caller } = await setUp();
    expect(await gateway.execute('{ badgeGroups(order: ASC) { name badges { id } } }', caller)).toEqual({
      data: {
        badgeGroups: [
          { name: 'Silver', badges: [{ id: '2' }] },
          { name: 'Gold', badges: [{ id: '1' }, { id: '3' }] },
        ],
      },
    });
  });

  test('follows a list from groups to badges and back', async () => {
    const { caller } = await setUp();
    const query = '{ badgeGroups(first: 1) { badges { id group { name rank } } } }';
    expect(await gateway.execute(query, caller)).toEqual({
      data: {
        badgeGroups: [
          {
            badges: [
              { id: '1', group: { name: 'Gold', rank: 2 } },
              { id: '3', group: { name: 'Gold', rank: 2 } },
            ],
          },
        ],
      },
    });
  });

  test('gives null for a group that is missing or of another org, and the neighbours as ever', async () => {
    const { caller, gold } = await setUp();
    const stranger = await held.service.addCaller();
    const foreign = await stranger.create({ name: 'Foreign', rank: 1 });
    badgesSubgraph.badges = [
      { id: '1', groupId: gold.id },
      { id: '2', groupId: unknownId },
      { id: '3', groupId: foreign.id },
      { id: '4', groupId: null },
    ];
    const { data } = await gateway.execute('{ badges { id group { id name } } }', caller);
    expect(data).toEqual({
      badges: [
        { id: '1', group: { id: gold.id, name: 'Gold' } },
        { id: '2', group: null },
        { id: '3', group: null },
        { id: '4', group: null },
      ],
    });
  });

  test('gives no field of a missing group that is asked for by a fragment', async () => {
    const { caller } = await setUp();
    badgesSubgraph.badges = [{ id: '1', groupId: unknownId }];
    const { data } = await gateway.execute(badgesWithGroups, caller);
    expect(data).toEqual({ badges: [{ id: '1', group: missing }] });
  });

  test('knows the id of a group from the badge, without asking whether there is such a group', async () => {
    const { caller } = await setUp();
    badgesSubgraph.badges = [{ id: '1', groupId: unknownId }];
    expect(await gateway.execute('{ badges { group { id } } }', caller)).toEqual({
      data: { badges: [{ group: { id: unknownId } }] },
    });
    expect(gateway.sent.map(({ url }) => url)).toEqual([badgesSubgraph.url]);
  });

  test('creates a group, and gives it with what the neighbour knows of it', async () => {
    const { caller } = await setUp();
    const { data, errors } = await gateway.execute(
      'mutation { createBadgeGroup(input: { name: "Bronze", rank: 3 }) { ... on BadgeGroup { name badges { id } } } }',
      caller,
    );
    expect({ data, errors }).toEqual({
      data: { createBadgeGroup: { name: 'Bronze', badges: [] } },
      errors: undefined,
    });
    expect((await caller.list())[0]?.name).toBe('Bronze');
  });

  test('gives every typed error of a mutation just as the service does', async () => {
    const { caller: writer, gold } = await setUp();
    const reader = await held.service.addCaller({ orgId: writer.orgId, access: 'read' });
    const { id } = gold;
    const faults = [
      { document: CreateBadgeGroup, caller: writer, input: { rank: 1 } },
      { document: CreateBadgeGroup, caller: writer, input: { name: 'Bronze' } },
      { document: CreateBadgeGroup, caller: writer, input: { name: 'Bro\0nze', rank: 1 } },
      { document: CreateBadgeGroup, caller: writer, input: { name: 'Gold', rank: 1 } },
      { document: CreateBadgeGroup, caller: reader, input: { name: 'Bronze', rank: 1 } },
      { document: UpdateBadgeGroup, caller: writer, input: { id, rank: null } },
      { document: UpdateBadgeGroup, caller: writer, input: { id, name: 'Silver' } },
      { document: UpdateBadgeGroup, caller: writer, input: { id: unknownId, rank: 1 } },
      { document: UpdateBadgeGroup, caller: writer, input: { id, rank: 1, ifLastUpdatedOn: 1 } },
    ];
    const outcomes: object[] = [];
    for (const { document, caller, input } of faults) {
      const query = print(document);
      const variables = { input };
      const { data, errors } = await gateway.execute(query, { ...caller, variables });
      expect(errors).toBeUndefined();
      expect(data).toEqual((await caller.execute(query, variables)).data);
      outcomes.push(...(Object.values(data ?? {}) as object[]));
    }
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        code: expect.any(Number),
        message: expect.any(String),
        path: expect.any(Array),
      });
    }
    expect(outcomes).toContainEqual(expect.objectContaining({ code: 733, existingGroup: gold }));
    expect(outcomes).toContainEqual(expect.objectContaining({ code: 409, currentGroup: gold }));
    const seen = outcomes.map((outcome) => '__typename' in outcome && outcome.__typename);
    expect(new Set(seen)).toEqual(new Set(getErrorNames()));
  });

  describe.each([undefined, 'application/graphql-response+json'])('that accepts %s', (accept) => {
    let accepting: Gateway;
    beforeAll(async () => {
      accepting = await startGateway[kind](subgraphs, accept ? { accept } : {});
    });
    afterAll(() => accepting?.stop());

    test('gives what was done where another mutation is unavailable, and the code of that', async () => {
      const { caller } = await setUp();
      const query = `mutation {
        a: createBadgeGroup(input: { name: "Bronze", rank: 3 }) { ... on BadgeGroup { name badges { id } } }
        b: createBadgeGroup(input: { name: "Unavailable", rank: 3 }) { ... on BadgeGroup { name } }
      }`;
      const { data, errors } = await accepting.execute(query, caller);
      expect(data).toEqual({ a: { name: 'Bronze', badges: [] }, b: null });
      expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
      expect((await caller.list())[0]?.name).toBe('Bronze');
    });

    test.each([
      ['nothing can be done', 'mutation', [create('Unavailable')], 'SERVICE_UNAVAILABLE'],
      ['too much is asked for', 'query', Array(26).fill('badgeGroup(id: "a") { name }'), 'BAD_USER_INPUT'],
    ])('tells the code where %s', async (_title, kind, fields, code) => {
      const { caller } = await setUp();
      const query = `${kind} { ${fields.map((field, index) => `a${index}: ${field}`).join(' ')} }`;
      const { data, errors } = await accepting.execute(query, caller);
      expect(data).toEqual(refused(Object.fromEntries(fields.map((_, index) => [`a${index}`, null]))));
      // Apollo Gateway puts what it is answered by another status than 2xx inside an error of its own.
      expect(JSON.stringify(errors)).toContain(code);
      expect(await caller.list()).toHaveLength(2);
    });
  });

  test('joins the group inside an error to its badges', async () => {
    const { caller } = await setUp();
    const query = `mutation {
      createBadgeGroup(input: { name: "Gold", rank: 1 }) {
        ... on BadgeGroupNameNotUniqueError { path existingGroup { badges { id } } }
      }
    }`;
    expect(await gateway.execute(query, caller)).toEqual({
      data: {
        createBadgeGroup: {
          path: ['input', 'name'],
          existingGroup: { badges: [{ id: '1' }, { id: '3' }] },
        },
      },
    });
  });

  test('answers callers who ask the same at once each from their own org', async () => {
    const callers = await Promise.all(Array.from({ length: 4 }, () => held.service.addCaller()));
    for (const [rank, caller] of callers.entries()) await caller.create({ name: 'Gold', rank });
    const answers = await Promise.all(
      callers.map((caller) => gateway.execute('{ badgeGroups { rank } }', caller)),
    );
    expect(answers).toEqual(callers.map((_, rank) => ({ data: { badgeGroups: [{ rank }] } })));
  });

  test.each([
    ['without credentials', {}],
    ['with wrong ones', { authorization: `Basic ${btoa('nobody:secret')}` }],
  ])('says UNAUTHENTICATED %s, and still gives what the neighbour knows', async (_title, options) => {
    await setUp();
    expectRefusal(await gateway.execute(badgesWithGroups, options), {
      badges: ['1', '2', '3'].map((id) => ({ id, group: missing })),
    });
    expectRefusal(await gateway.execute('{ badgeGroups { id } }', options), refused(null));
    expectRefusal(
      await gateway.execute('mutation { createBadgeGroup(input: {}) { __typename } }', options),
      refused({ createBadgeGroup: null }),
    );
  });

  test('passes the credentials of a client on only when told to', async () => {
    const { caller } = await setUp();
    const deaf = await startGateway[kind](subgraphs, { forwards: false });
    try {
      expectRefusal(await deaf.execute('{ badgeGroups { id } }', caller), refused(null));
    } finally {
      await deaf.stop();
    }
  });

  test('tells the code of bad input', async () => {
    const { caller } = await setUp();
    const { data, errors } = await gateway.execute('{ badgeGroups(first: 1001) { id } }', caller);
    expect(data).toEqual(refused(null));
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

const badgesWithGroups = `
  query { badges { id group { ...BadgeGroupFields } } }
  ${print(BadgeGroupFields)}
`;

function create(name: string): string {
  return `createBadgeGroup(input: { name: "${name}", rank: 3 }) { __typename }`;
}

function expectRefusal({ data, errors }: GatewayAnswer, expected: unknown): void {
  expect(data).toEqual(expected);
  expect(new Set(errors?.map(({ extensions }) => extensions?.['code']))).toEqual(
    new Set(['UNAUTHENTICATED']),
  );
}

function getErrorNames(): string[] {
  const error = schema.getType('BadgeGroupError');
  return isInterfaceType(error) ? schema.getPossibleTypes(error).map(({ name }) => name) : [];
}
