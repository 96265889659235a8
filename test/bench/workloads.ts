import { caller, type Group } from './tables.ts';

export const workloads = {
  W1: 'list of 20',
  W2: 'list of 1,000',
  W3: 'create',
  W4: '50 entities',
  W5: '`{ __typename }`',
} as const;
export type Workload = keyof typeof workloads;
export const workloadNames = Object.keys(workloads) as Workload[];

/** What is sent, and what has to come back. */
export interface Exchange {
  readonly body: string;
  /** JSON; with `isShape` it has marks. */
  readonly answer: string;
  /** Whether every request is another one: `@name@` and `@rank@` stand for what differs. */
  readonly isShape: boolean;
}

export type Exchanges = Readonly<Record<Workload, Exchange | undefined>>;

const fields =
  'id orgId name rank createdBy createdOn createdOnISO lastUpdatedBy lastUpdatedOn lastUpdatedOnISO isActive';
const list = `query Groups($first: Int!) { badgeGroups(first: $first) { ${fields} } }`;
const create = `mutation Create($input: CreateBadgeGroupInput!) {
  createBadgeGroup(input: $input) { ... on BadgeGroup { ${fields} } ... on BadgeGroupError { code message path } }
}`;
const entities = `query Entities($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on BadgeGroup { ${fields} } }
}`;

/** In our schema, which all take but PostGraphile. */
export function createExchanges(groups: readonly Group[]): Exchanges {
  const wanted = chooseEntities(groups);
  const representations = wanted.map(({ id }) => ({ __typename: 'BadgeGroup', id }));
  const listOf = (first: number) =>
    exchange('Groups', list, { first }, { badgeGroups: groups.slice(0, first) });
  return {
    W1: listOf(20),
    W2: listOf(1_000),
    W3: shape('Create', create, { input: marks }, { createBadgeGroup: createdGroup }),
    W4: exchange('Entities', entities, { representations }, { _entities: wanted }),
    W5: exchange('TypeName', 'query TypeName { __typename }', {}, { __typename: 'Query' }),
  };
}

/** Fifty all over the list, in no order. */
function chooseEntities(groups: readonly Group[]): Group[] {
  return Array.from({ length: 50 }, (_, index) => groups[(index * 379) % groups.length] as Group);
}

export const marks = { name: '@name@', rank: '@rank@' };
export const createdGroup = {
  id: '@id@',
  orgId: caller.orgId,
  ...marks,
  createdBy: caller.userId,
  createdOn: '@instant@',
  createdOnISO: '@iso@',
  lastUpdatedBy: caller.userId,
  lastUpdatedOn: '@instant@',
  lastUpdatedOnISO: '@iso@',
  isActive: true,
};

export function exchange(operationName: string, query: string, variables: object, data: object): Exchange {
  const body = JSON.stringify({ operationName, query, variables });
  return { body, answer: JSON.stringify({ data }), isShape: false };
}

export function shape(operationName: string, query: string, variables: object, data: object): Exchange {
  const { body, answer } = exchange(operationName, query, variables, data);
  const unquote = (text: string) => text.replaceAll(/"(@(?:rank|instant)@)"/g, '$1');
  return { body: unquote(body), answer: unquote(answer), isShape: true };
}
