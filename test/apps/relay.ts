import {
  ConnectionHandler,
  commitMutation,
  createOperationDescriptor,
  Environment,
  type FetchFunction,
  fetchQuery,
  type GraphQLTaggedNode,
  getRequest,
  type MutationParameters,
  Network,
  RecordSource,
  type SelectorStoreUpdater,
  Store,
} from 'relay-runtime';
import { type App, type Connection, type Outcome, pageSize } from './app.ts';
import createNode, { type CreateMutation } from './generated/CreateMutation.graphql.ts';
import pageNode, { type PageQuery } from './generated/PageQuery.graphql.ts';
import updateNode, { type UpdateMutation } from './generated/UpdateMutation.graphql.ts';

/** The network layer as Relay's documentation has it. */
export function createRelayEnvironment({ url, authorization, fetch }: Connection): Environment {
  const fetchOperation: FetchFunction = async ({ text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': 'application/json',
        authorization,
      },
      body: JSON.stringify({ query: text, variables }),
    });
    return await response.json();
  };
  return new Environment({ network: Network.create(fetchOperation), store: new Store(new RecordSource()) });
}

/** Without React: the store keeps the pages together, as for `usePaginationFragment`. */
export async function openRelayApp(connection: Connection): Promise<App> {
  const environment = createRelayEnvironment(connection);
  const list = createOperationDescriptor(getRequest(pageNode), { first: pageSize });
  const retained = environment.retain(list);
  const show = (after?: string | null) =>
    fetchQuery<PageQuery>(environment, pageNode, { first: pageSize, after }).toPromise();
  await show();
  const snapshot = environment.lookup(list.fragment);
  let { badgeGroupsConnection: groups } = snapshot.data as PageQuery['response'];
  const subscription = environment.subscribe(snapshot, ({ data }) => {
    groups = (data as PageQuery['response']).badgeGroupsConnection;
  });
  return {
    shown: () => groups.edges.map(({ node }) => node),
    hasMore: () => groups.pageInfo.hasNextPage,
    async showMore() {
      await show(groups.pageInfo.endCursor);
    },
    async create(input) {
      const { createBadgeGroup } = await mutate<CreateMutation>(
        environment,
        createNode,
        { input },
        (store) => {
          const created = store.getRootField('createBadgeGroup');
          const groups = ConnectionHandler.getConnection(store.getRoot(), 'App_badgeGroupsConnection');
          if (created?.getType() !== 'BadgeGroup' || !groups) return;
          ConnectionHandler.insertEdgeBefore(
            groups,
            ConnectionHandler.createEdge(store, groups, created, 'BadgeGroupEdge'),
          );
        },
      );
      return toOutcome(createBadgeGroup);
    },
    async update(input) {
      const { updateBadgeGroup } = await mutate<UpdateMutation>(environment, updateNode, { input });
      return toOutcome(updateBadgeGroup);
    },
    close() {
      subscription.dispose();
      retained.dispose();
    },
  };
}

function mutate<Mutation extends MutationParameters>(
  environment: Environment,
  mutation: GraphQLTaggedNode,
  variables: Mutation['variables'],
  updater?: SelectorStoreUpdater<Mutation['response']>,
): Promise<Mutation['response']> {
  return new Promise((onCompleted, onError) =>
    commitMutation<Mutation>(environment, { mutation, variables, updater, onCompleted, onError }),
  );
}

function toOutcome(
  result: CreateMutation['response']['createBadgeGroup'] | UpdateMutation['response']['updateBadgeGroup'],
): Outcome {
  if (!result || result.__typename === '%other') return { refused: 'Try again later.' };
  switch (result.__typename) {
    case 'BadgeGroup':
      return { done: result };
    case 'BadgeGroupNameNotUniqueError':
      return { taken: result.existingGroup ?? null };
    case 'BadgeGroupChangedError':
      return { changed: result.currentGroup };
    default:
      return { refused: result.message };
  }
}
