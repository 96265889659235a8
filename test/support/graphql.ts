import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './introspection.d.ts';

/** Operations, checked by the compiler against the schema. */
export const graphql = initGraphQLTada<{ introspection: introspection; scalars: { DateTime: string } }>();

export const BadgeGroupFields = graphql(`
  fragment BadgeGroupFields on BadgeGroup @_unmask {
    id
    orgId
    name
    rank
    createdBy
    createdOn
    createdOnISO
    lastUpdatedBy
    lastUpdatedOn
    lastUpdatedOnISO
    isActive
  }
`);

export const CreateBadgeGroup = graphql(
  `
    mutation CreateBadgeGroup($input: CreateBadgeGroupInput!) {
      createBadgeGroup(input: $input) {
        __typename
        ... on BadgeGroup {
          ...BadgeGroupFields
        }
        ... on BadgeGroupError {
          code
          message
          path
        }
        ... on BadgeGroupNameNotUniqueError {
          existingGroup {
            ...BadgeGroupFields
          }
        }
      }
    }
  `,
  [BadgeGroupFields],
);

export const ListBadgeGroups = graphql(
  `
    query ListBadgeGroups(
      $order: BadgeGroupOrder! = DESC
      $isActive: Boolean
      $nameContains: String
      $first: Int! = 1000
    ) {
      badgeGroups(order: $order, isActive: $isActive, nameContains: $nameContains, first: $first) {
        ...BadgeGroupFields
      }
    }
  `,
  [BadgeGroupFields],
);

export const UpdateBadgeGroup = graphql(
  `
    mutation UpdateBadgeGroup($input: UpdateBadgeGroupInput!) {
      updateBadgeGroup(input: $input) {
        __typename
        ... on BadgeGroup {
          ...BadgeGroupFields
        }
        ... on BadgeGroupError {
          code
          message
          path
        }
        ... on BadgeGroupNameNotUniqueError {
          existingGroup {
            ...BadgeGroupFields
          }
        }
        ... on BadgeGroupChangedError {
          currentGroup {
            ...BadgeGroupFields
          }
        }
      }
    }
  `,
  [BadgeGroupFields],
);

export const ReorderBadgeGroups = graphql(
  `
    mutation ReorderBadgeGroups($input: ReorderBadgeGroupsInput!) {
      reorderBadgeGroups(input: $input) {
        __typename
        ... on BadgeGroupsReordered {
          badgeGroups {
            ...BadgeGroupFields
          }
        }
        ... on BadgeGroupError {
          code
          message
          path
        }
        ... on BadgeGroupChangedError {
          currentGroup {
            ...BadgeGroupFields
          }
        }
      }
    }
  `,
  [BadgeGroupFields],
);

export const FindBadgeGroup = graphql(
  `
    query FindBadgeGroup($id: ID!) {
      badgeGroup(id: $id) {
        ...BadgeGroupFields
      }
    }
  `,
  [BadgeGroupFields],
);

export const FindBadgeGroupByName = graphql(
  `
    query FindBadgeGroupByName($name: String!) {
      badgeGroupByName(name: $name) {
        ...BadgeGroupFields
      }
    }
  `,
  [BadgeGroupFields],
);

export const FindBadgeGroupsById = graphql(
  `
    query FindBadgeGroupsById($ids: [ID!]!) {
      badgeGroupsById(ids: $ids) {
        ...BadgeGroupFields
      }
    }
  `,
  [BadgeGroupFields],
);

export const PageBadgeGroups = graphql(
  `
    query PageBadgeGroups(
      $order: BadgeGroupOrder! = DESC
      $isActive: Boolean
      $nameContains: String
      $first: Int
      $after: String
      $last: Int
      $before: String
    ) {
      badgeGroupsConnection(
        order: $order
        isActive: $isActive
        nameContains: $nameContains
        first: $first
        after: $after
        last: $last
        before: $before
      ) {
        totalCount
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        edges {
          cursor
          node {
            ...BadgeGroupFields
          }
        }
      }
    }
  `,
  [BadgeGroupFields],
);

export const FindHistory = graphql(`
  query FindHistory($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    badgeGroup(id: $id) {
      history(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        edges {
          cursor
          node {
            name
            rank
            isActive
            changedBy
            changedOn
            changedOnISO
          }
        }
      }
    }
  }
`);
