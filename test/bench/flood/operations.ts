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
