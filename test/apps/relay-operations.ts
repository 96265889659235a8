import { graphql } from 'relay-runtime';

// Relay's compiler reads these, and what it makes of them is what runs. It types a result as a union only where each
// member is named, and none of their interface.

graphql`
  query PageQuery($first: Int!, $after: String) {
    badgeGroupsConnection(first: $first, after: $after) @connection(key: "App_badgeGroupsConnection") {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          name
          rank
          lastUpdatedOn
        }
      }
    }
  }
`;

graphql`
  mutation CreateMutation($input: CreateBadgeGroupInput!) {
    createBadgeGroup(input: $input) {
      __typename
      ... on BadgeGroup {
        id
        name
        rank
        lastUpdatedOn
      }
      ... on BadgeGroupNameNotUniqueError {
        existingGroup {
          id
          name
          rank
          lastUpdatedOn
        }
      }
      ... on BadgeGroupNameMandatoryError {
        message
      }
      ... on BadgeGroupNameInvalidError {
        message
      }
      ... on BadgeGroupRankMandatoryError {
        message
      }
      ... on BadgeGroupAccessDeniedError {
        message
      }
    }
  }
`;

graphql`
  mutation UpdateMutation($input: UpdateBadgeGroupInput!) {
    updateBadgeGroup(input: $input) {
      __typename
      ... on BadgeGroup {
        id
        name
        rank
        lastUpdatedOn
      }
      ... on BadgeGroupNameNotUniqueError {
        existingGroup {
          id
          name
          rank
          lastUpdatedOn
        }
      }
      ... on BadgeGroupChangedError {
        currentGroup {
          id
          name
          rank
          lastUpdatedOn
        }
      }
      ... on BadgeGroupNameMandatoryError {
        message
      }
      ... on BadgeGroupNameInvalidError {
        message
      }
      ... on BadgeGroupRankMandatoryError {
        message
      }
      ... on BadgeGroupAccessDeniedError {
        message
      }
      ... on BadgeGroupNotFoundError {
        message
      }
    }
  }
`;

graphql`
  mutation CreateTwoMutation($one: CreateBadgeGroupInput!, $other: CreateBadgeGroupInput!) {
    one: createBadgeGroup(input: $one) {
      __typename
      ... on BadgeGroup {
        id
        name
      }
    }
    other: createBadgeGroup(input: $other) {
      __typename
      ... on BadgeGroup {
        id
        name
      }
    }
  }
`;

graphql`
  query FindQuery($id: ID!) {
    badgeGroup(id: $id) @catch {
      name
    }
  }
`;
