import './badge-group/find.ts';
import './badge-group/find-by-name.ts';
import './badge-group/find-by-ids.ts';
import './badge-group/list.ts';
import './badge-group/connection.ts';
import './badge-group/history.ts';
import './badge-group/create.ts';
import './badge-group/update.ts';
import './badge-group/reorder.ts';
import './base/date-time.ts';
import './federation.ts';
import { GraphQLSchema } from 'graphql';
import { builder } from './base/builder.ts';

builder.queryType({ description: 'Reading needs credentials of an org; it sees that org and nothing else.' });
builder.mutationType({
  description: 'Writing needs credentials with WRITE access. Expected errors are members of each result.',
});

/** The subgraph that the service serves. */
export const schema = new GraphQLSchema({
  ...builder.toSchema({ sortSchema: false }).toConfig(),
  description:
    'The badge groups of a loyalty platform: named, ranked groups of badges like Beginner, Intermediate and Expert. ' +
    'Each organisation (org) creates, lists and updates its own.',
});
