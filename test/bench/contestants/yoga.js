import { createServer } from 'node:http';
import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import { createYoga } from 'graphql-yoga';
import { toISO } from './groups.js';
import { createGroup, findGroups, listGroups } from './kysely.js';

class BadgeGroupError extends Error {
  constructor(code, message, field) {
    super(message);
    this.code = code;
    this.path = ['input', field];
  }
}
class NameMandatoryError extends BadgeGroupError {}
class RankMandatoryError extends BadgeGroupError {}
class NameNotUniqueError extends BadgeGroupError {}

const builder = new SchemaBuilder({
  plugins: [ErrorsPlugin],
  errors: { directResult: true },
});

const ErrorRef = builder.interfaceRef('BadgeGroupError').implement({
  fields: (t) => ({
    code: t.exposeInt('code'),
    message: t.exposeString('message'),
    path: t.exposeStringList('path'),
  }),
});
for (const type of [NameMandatoryError, RankMandatoryError, NameNotUniqueError]) {
  builder.objectType(type, { name: `BadgeGroup${type.name}`, interfaces: [ErrorRef] });
}

builder.scalarType('DateTime', { serialize: (value) => value });

const BadgeGroup = builder.objectRef('BadgeGroup').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    orgId: t.exposeInt('orgId'),
    name: t.exposeString('name'),
    rank: t.exposeInt('rank'),
    createdBy: t.exposeInt('createdBy'),
    createdOn: t.exposeFloat('createdOn'),
    createdOnISO: t.field({ type: 'DateTime', resolve: ({ createdOn }) => toISO(createdOn) }),
    lastUpdatedBy: t.exposeInt('lastUpdatedBy'),
    lastUpdatedOn: t.exposeFloat('lastUpdatedOn'),
    lastUpdatedOnISO: t.field({ type: 'DateTime', resolve: ({ lastUpdatedOn }) => toISO(lastUpdatedOn) }),
    isActive: t.exposeBoolean('isActive'),
  }),
});
const Any = builder.scalarType('_Any', { serialize: (value) => value });
const Entity = builder.unionType('_Entity', { types: [BadgeGroup], resolveType: () => BadgeGroup });

builder.queryType({
  fields: (t) => ({
    badgeGroups: t.field({
      type: [BadgeGroup],
      args: { first: t.arg.int({ required: true, defaultValue: 1000 }) },
      resolve: (_query, { first }) => listGroups(first),
    }),
    _entities: t.field({
      type: [Entity],
      nullable: { list: false, items: true },
      args: { representations: t.arg({ type: [Any], required: true }) },
      resolve: (_query, { representations }) => findGroups(representations.map(({ id }) => id)),
    }),
  }),
});

const CreateInput = builder.inputType('CreateBadgeGroupInput', {
  fields: (t) => ({ name: t.string(), rank: t.int() }),
});
builder.mutationType({
  fields: (t) => ({
    createBadgeGroup: t.field({
      type: BadgeGroup,
      nullable: true,
      errors: {
        types: [NameMandatoryError, RankMandatoryError, NameNotUniqueError],
        union: { name: 'CreateBadgeGroupResult' },
      },
      args: { input: t.arg({ type: CreateInput, required: true }) },
      resolve: async (_mutation, { input }) => {
        if (!input.name?.trim()) throw new NameMandatoryError(735, 'Group name is mandatory.', 'name');
        if (input.rank == null) throw new RankMandatoryError(732, 'Group Rank is Mandatory.', 'rank');
        const created = await createGroup(input);
        if (!created) throw new NameNotUniqueError(733, 'Group Name should be Unique.', 'name');
        return created;
      },
    }),
  }),
});

createServer(createYoga({ schema: builder.toSchema() })).listen(process.env.PORT, '127.0.0.1');
