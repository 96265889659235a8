import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BadgesSubgraph, startBadgesSubgraph } from '../support/badges-subgraph.ts';
import { type Gateway, startGateway } from '../support/gateways.ts';
import { useService } from '../support/service.ts';

describe('Behind Hive Gateway with a response cache for all sessions alike', () => {
  const held = useService('the embedded database');
  let badgesSubgraph: BadgesSubgraph;
  let gateway: Gateway;

  beforeAll(async () => {
    badgesSubgraph = await startBadgesSubgraph();
    const subgraphs = [
      { name: 'badge-groups', url: await held.service.listen() },
      { name: 'badges', url: badgesSubgraph.url },
    ];
    gateway = await startGateway['Hive Gateway'](subgraphs, { caches: true });
  });

  afterAll(async () => {
    await gateway?.stop();
    await badgesSubgraph?.stop();
  });

  test('each org gets its own groups, and what it has just made', async () => {
    const query = '{ badgeGroups { name } }';
    const list = async ({ authorization }: { authorization: string }) =>
      (await gateway.execute(query, { authorization })).data;
    const [gold, silver] = [await held.service.addCaller(), await held.service.addCaller()];
    await gold.create({ name: 'Gold', rank: 1 });
    await silver.create({ name: 'Silver', rank: 1 });
    expect(await list(gold)).toEqual({ badgeGroups: [{ name: 'Gold' }] });
    expect(await list(silver)).toEqual({ badgeGroups: [{ name: 'Silver' }] });
    await gold.create({ name: 'Golden', rank: 0 });
    expect(await list(gold)).toEqual({ badgeGroups: [{ name: 'Gold' }, { name: 'Golden' }] });
    expect((await gateway.execute(query)).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });

  test('which keeps what a subgraph does not forbid', async () => {
    badgesSubgraph.badges = [{ id: '1', groupId: null }];
    expect(await gateway.execute('{ badges { id } }')).toEqual({ data: { badges: [{ id: '1' }] } });
    badgesSubgraph.badges = [];
    expect(await gateway.execute('{ badges { id } }')).toEqual({ data: { badges: [{ id: '1' }] } });
  });
});
