import { createGroup, findGroups, listGroups, toISO } from './groups.js';

export const typeDefs = `
  type BadgeGroup @key(fields: "id") {
    id: ID!
    orgId: Int!
    name: String!
    rank: Int!
    createdBy: Int!
    createdOn: Float!
    createdOnISO: DateTime!
    lastUpdatedBy: Int!
    lastUpdatedOn: Float!
    lastUpdatedOnISO: DateTime!
    isActive: Boolean!
  }

  scalar DateTime

  interface BadgeGroupError {
    code: Int!
    message: String!
    path: [String!]!
  }

  type BadgeGroupNameMandatoryError implements BadgeGroupError {
    code: Int!
    message: String!
    path: [String!]!
  }

  type BadgeGroupRankMandatoryError implements BadgeGroupError {
    code: Int!
    message: String!
    path: [String!]!
  }

  type BadgeGroupNameNotUniqueError implements BadgeGroupError {
    code: Int!
    message: String!
    path: [String!]!
  }

  union CreateBadgeGroupResult =
    BadgeGroup | BadgeGroupNameMandatoryError | BadgeGroupRankMandatoryError | BadgeGroupNameNotUniqueError

  input CreateBadgeGroupInput {
    name: String
    rank: Int
  }

  type Query {
    badgeGroups(first: Int! = 1000): [BadgeGroup!]!
  }

  type Mutation {
    createBadgeGroup(input: CreateBadgeGroupInput!): CreateBadgeGroupResult
  }
`;

export const resolvers = createResolvers({ listGroups, createGroup });

export function createResolvers({ listGroups, createGroup }) {
  return {
    Query: {
      badgeGroups: (_query, { first }) => listGroups(first),
    },
    Mutation: {
      createBadgeGroup: (_mutation, { input }) => createOrRefuse(createGroup, input),
    },
    BadgeGroup: {
      createdOnISO: ({ createdOn }) => toISO(createdOn),
      lastUpdatedOnISO: ({ lastUpdatedOn }) => toISO(lastUpdatedOn),
    },
    CreateBadgeGroupResult: {
      resolveType: (outcome) => outcome.errorType ?? 'BadgeGroup',
    },
  };
}

async function createOrRefuse(createGroup, input) {
  if (!input.name?.trim()) return refuse('NameMandatory', 735, 'Group name is mandatory.', 'name');
  if (input.rank == null) return refuse('RankMandatory', 732, 'Group Rank is Mandatory.', 'rank');
  return (await createGroup(input)) ?? refuse('NameNotUnique', 733, 'Group Name should be Unique.', 'name');
}

function refuse(what, code, message, field) {
  return { errorType: `BadgeGroup${what}Error`, code, message, path: ['input', field] };
}

export { findGroups };
