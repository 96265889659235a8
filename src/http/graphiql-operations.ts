const create = `# Creates a badge group: press Run, or Ctrl-Enter.
# Run it once more: the name is taken then, error 733.
mutation CreateBadgeGroup {
  createBadgeGroup(input: { name: "Beginner", rank: 1 }) {
    __typename
    ... on BadgeGroup {
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
    ... on BadgeGroupError {
      code
      message
      path
    }
    ... on BadgeGroupNameNotUniqueError {
      existingGroup {
        id
        rank
      }
    }
  }
}
`;

const list = `# The badge groups of your org, highest rank first.
query BadgeGroups {
  badgeGroups(order: DESC) {
    id
    name
    rank
    isActive
    createdOnISO
  }
}
`;

const search = `# Those that have a part of a name, whatever its case.
query Search {
  badgeGroups(nameContains: "BEGIN") {
    id
    name
    rank
  }
}
`;

const reorder = `# New ranks for several groups in one step, all or none.
# Put in the ids of two of your groups.
mutation Reorder {
  reorderBadgeGroups(
    input: { ranks: [{ id: "first", rank: 2 }, { id: "second", rank: 1 }] }
  ) {
    __typename
    ... on BadgeGroupsReordered {
      badgeGroups {
        id
        name
        rank
      }
    }
    ... on BadgeGroupError {
      code
      message
      path
    }
  }
}
`;

const history = `# What each group was, newest first: the first version is the group itself.
query Histories {
  badgeGroups(first: 10) {
    id
    name
    history(first: 5) {
      totalCount
      edges {
        node {
          name
          rank
          isActive
          changedBy
          changedOnISO
        }
      }
    }
  }
}
`;

const errors = `# Expected errors are members of the result, with codes:
# ask for them as for any other type.
mutation Errors {
  noName: createBadgeGroup(input: { rank: 1 }) {
    ...Outcome
  }
  noRank: createBadgeGroup(input: { name: "Expert" }) {
    ...Outcome
  }
  badName: createBadgeGroup(input: { name: "Ex\\u0007pert", rank: 3 }) {
    ...Outcome
  }
}

fragment Outcome on CreateBadgeGroupResult {
  __typename
  ... on BadgeGroupError {
    code
    message
    path
  }
}
`;

export const operations: readonly string[] = [create, list, search, reorder, history, errors];
