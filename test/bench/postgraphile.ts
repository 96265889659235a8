import type { BenchDatabase } from './database.ts';
import { caller, type Group, plainTable } from './tables.ts';
import { createdGroup, type Exchanges, exchange, marks, shape } from './workloads.ts';

/** What is no column: computed columns, in its terms. */
export async function addComputedColumns({ query }: BenchDatabase): Promise<void> {
  const add = (name: string, type: string, expression: string) =>
    query(`
      create function ${plainTable}_${name}(badge_group ${plainTable}) returns ${type}
      language sql stable as $$ select ${expression} $$`);
  for (const when of ['created', 'updated']) {
    const column = `badge_group.${when}_at`;
    await add(`${when}_on`, 'float8', `extract(epoch from ${column})::float8`);
    await add(
      `${when}_on_iso`,
      'text',
      `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
    );
  }
}

const fields = `id: rowId orgId name rank createdBy createdOn createdOnISO: createdOnIso
  lastUpdatedBy: updatedBy lastUpdatedOn: updatedOn lastUpdatedOnISO: updatedOnIso isActive`;
const list = `query Groups($orgId: Int!, $first: Int!) {
  allBadgeGroups(condition: { orgId: $orgId }, orderBy: [RANK_DESC, ROW_ID_ASC], first: $first) {
    nodes { ${fields} }
  }
}`;
const create = `mutation Create($badgeGroup: BadgeGroupInput!) {
  createBadgeGroup(input: { badgeGroup: $badgeGroup }) { badgeGroup { ${fields} } }
}`;

/** The same groups and fields in the schema that PostGraphile makes of the table; it knows no entities. */
export function createPostgraphileExchanges(groups: readonly Group[]): Exchanges {
  const { orgId, userId } = caller;
  const listOf = (first: number) =>
    exchange('Groups', list, { orgId, first }, { allBadgeGroups: { nodes: groups.slice(0, first) } });
  const badgeGroup = { orgId, ...marks, createdBy: userId, updatedBy: userId };
  return {
    W1: listOf(20),
    W2: listOf(1_000),
    W3: shape('Create', create, { badgeGroup }, { createBadgeGroup: { badgeGroup: createdGroup } }),
    W4: undefined,
    W5: exchange('TypeName', 'query TypeName { __typename }', {}, { __typename: 'Query' }),
  };
}
