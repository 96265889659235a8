import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations as graphiqlOperations } from '../../src/http/graphiql-operations.ts';
import { limits } from '../../src/http/operation/limits.ts';
import { type BadgesSubgraph, startBadgesSubgraph } from '../support/badges-subgraph.ts';
import { measure } from '../support/cost.ts';
import { type Gateway, startGateway } from '../support/gateways.ts';
import { blocks, describeBlock, findBodies, findOperations, readVariables } from '../support/markdown.ts';
import { useService } from '../support/service.ts';

interface Example {
  readonly title: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

const examples: Example[] = [
  ...graphiqlOperations.map((query, index) => ({ title: `tab ${index + 1} of GraphiQL`, query })),
  ...blocks
    .filter(({ language }) => language === 'graphql')
    .flatMap((block) =>
      findOperations(block).map((operation) => ({
        title: `${operation.name?.value} at ${describeBlock(block)}`,
        query: print(operation),
        variables: readVariables(block, operation),
      })),
    ),
  ...blocks
    .filter(({ language }) => language === 'sh')
    .flatMap((block) =>
      findBodies(block).map((body) => ({ title: describeBlock(block), query: JSON.parse(body).query })),
    ),
  { title: 'a count', query: '{ badgeGroupsConnection(first: 20) { totalCount } }' },
  { title: 'the last page', query: '{ badgeGroupsConnection(last: 500) { edges { node { id } } } }' },
].filter(({ query }) => !/_entities|badgeGroupsById|nameContains/.test(query));

describe('the demand control of Hive Gateway', () => {
  const held = useService('a Postgres server');
  let badgesSubgraph: BadgesSubgraph;
  let gateway: Gateway;

  beforeAll(async () => {
    badgesSubgraph = await startBadgesSubgraph();
    gateway = await startGateway['Hive Gateway'](
      [
        { name: 'badge-groups', url: await held.service.listen() },
        { name: 'badges', url: badgesSubgraph.url },
      ],
      { maxCost: limits.fields },
    );
  });

  afterAll(async () => {
    await gateway?.stop();
    await badgesSubgraph?.stop();
  });

  async function estimate({ query, variables = {} }: Omit<Example, 'title'>): Promise<number> {
    const { extensions } = await gateway.execute(query, { ...(await held.service.addCaller()), variables });
    return extensions?.cost?.estimated ?? Number.NaN;
  }

  test.each(examples)('estimates $title within a factor of two of our own measure', async (example) => {
    const [estimated, measured] = [await estimate(example), measure(example).fields];
    expect(estimated).toBeGreaterThan(measured / 2);
    expect(estimated).toBeLessThan(measured * 2);
  });

  test.each(['orgId', 'createdOnISO'])(
    'sees that lists cost what they are long, whatever is asked of the groups: %s',
    async (field) => {
      const short = await estimate({ query: `{ badgeGroups(first: 10) { ${field} } }` });
      expect(await estimate({ query: `{ badgeGroups(first: 100) { ${field} } }` })).toBe(10 * short);
      expect(await estimate({ query: `{ badgeGroups { ${field} } }` })).toBe(100 * short);
    },
  );

  test('refuses what we would refuse, before it has asked us, and lets pass what we would', async () => {
    const caller = await held.service.addCaller();
    const lists = (count: number) =>
      `{ ${Array.from({ length: count }, (_, index) => `l${index}: badgeGroups { ${whole} }`).join(' ')} }`;
    expect((await gateway.execute(lists(2), caller)).errors).toBeUndefined();
    gateway.sent.length = 0;
    expect((await gateway.execute(lists(3), caller)).errors).toMatchObject([
      { extensions: { code: 'COST_ESTIMATED_TOO_EXPENSIVE' } },
    ]);
    expect(gateway.sent).toEqual([]);
    expect((await caller.execute(lists(3))).errors).toMatchObject([
      { message: expect.stringContaining('fields in its answer') },
    ]);
  });

  // docs/using.md says so, of this and of what follows; where one fails, it need not any more.
  test('counts as many groups as there may be for two ids', async () => {
    const query = '{ badgeGroupsById(ids: ["a", "b"]) { id rank } }';
    expect([await estimate({ query }), measure({ query }).fields]).toEqual([3_000, 5]);
  });

  test.each([
    ['a connection without a length', '{ badgeGroupsConnection { edges { node { id } } } }', 4, 202],
    ['a search', '{ badgeGroups(nameContains: "a", first: 10) { id } }', 20, 1_011],
    ['what a fragment has', '{ badgeGroups { ...F } } fragment F on BadgeGroup { id rank }', 1_002, 2_001],
  ])('counts less than we do for %s', async (_title, query, estimated, measured) => {
    expect([await estimate({ query }), measure({ query }).fields]).toEqual([estimated, measured]);
  });
});

const whole =
  'id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive';
