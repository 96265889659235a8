export const wholeGroup =
  'id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive';

const list =
  'query Groups($first: Int!) { badgeGroups(first: $first) { id name rank createdOnISO isActive } }';
const create =
  'mutation Create($name: String!) { createBadgeGroup(input: { name: $name, rank: 1 }) { __typename } }';

export const write = (query: string, variables: object = {}) => JSON.stringify({ query, variables });
export const listOf = (first: number) => write(list, { first });
export const createAnother = write(create, { name: '@name@' });

/** What is dear to validate, for whoever has no credentials. */
export const misspelt = write(
  `{ ${Array.from({ length: 900 }, (_, index) => `badgeGroupsConnectio${index}`).join(' ')} }`,
);

/** No JSON, which only its end tells. */
export const broken = write('a'.repeat(99_000)).slice(0, -1);

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

/** As many as an operation may have, each of which looks at all groups of its org. */
export const searches = write(
  `{ ${aliases(25, 'badgeGroupsConnection(first: 20, nameContains: "no such") { edges { node { id } } }')} }`,
);
export const search = write(
  '{ badgeGroupsConnection(first: 20, nameContains: "no such") { edges { node { id } } } }',
);
export const counts = write(`{ ${aliases(25, 'badgeGroupsConnection(first: 1) { totalCount }')} }`);

/** Of groups with the ids of the large org, to ranks that are others each time. */
export const reorderOf = (count: number) =>
  write(
    'mutation Reorder($ranks: [BadgeGroupRankInput!]!) { reorderBadgeGroups(input: { ranks: $ranks }) { __typename } }',
    { ranks: Array.from({ length: count }, (_, index) => ({ id: idOf(index + 1), rank: '@rank@' })) },
  ).replaceAll('"@rank@"', '@rank@');

const idOf = (number: number) => number.toString(16).padStart(24, '0');
