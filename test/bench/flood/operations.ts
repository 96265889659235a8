export const wholeGroup =
  'id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive';

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

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

/** Of the schema, so many times; for whoever has no credentials, too. */
export const introspect = (times: number) =>
  write(
    `{ ${aliases(times, '__schema { types { name fields { name type { name kind ofType { name } } args { name type { name } } } } }')} }`,
  );
/** More than an answer may hold, which to find out takes as long as an answer. */
export const introspectTooMuch = introspect(25).replaceAll('name ', 'name description ');
/** Of which each spreads the next one, and the last one the first. */
export const circular = write(
  `{ ...F0 } ${Array.from({ length: 140 }, (_, index) => `fragment F${index} on Query { ...F${(index + 1) % 140} ...F0 __typename }`).join(' ')}`,
);

/** No JSON, which only its end tells. */
export const broken = write('a'.repeat(99_000)).slice(0, -1);

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
