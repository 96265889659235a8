import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { type App, type Connection, pageSize } from './app.ts';
import { possibleTypes } from './client-schema.ts';
import { CreateDocument, PageDocument, type PageQuery, UpdateDocument } from './generated/graphql.ts';
import { putOnTop, toOutcome } from './reactions.ts';

export function createApolloClient({ url, authorization, fetch }: Connection): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: url, headers: { authorization }, fetch }),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        Query: {
          fields: { badgeGroupsConnection: relayStylePagination(['order', 'isActive', 'nameContains']) },
        },
      },
    }),
  });
}

export async function openApolloApp(connection: Connection): Promise<App> {
  const client = createApolloClient(connection);
  const page = { query: PageDocument, variables: { first: pageSize } };
  await client.query(page);
  let groups: PageQuery['badgeGroupsConnection'] | undefined;
  const list = client.watchQuery(page);
  const subscription = list.subscribe(({ data, dataState }) => {
    if (dataState === 'complete') groups = data.badgeGroupsConnection;
  });
  return {
    shown: () => groups?.edges.map(({ node }) => node) ?? [],
    hasMore: () => groups?.pageInfo.hasNextPage === true,
    async showMore() {
      await list.fetchMore({ variables: { after: groups?.pageInfo.endCursor } });
    },
    async create(input) {
      const { data } = await client.mutate({
        mutation: CreateDocument,
        variables: { input },
        update(cache, { data }) {
          cache.updateQuery(page, (shown) => putOnTop(data?.createBadgeGroup, shown));
        },
      });
      return toOutcome(data?.createBadgeGroup);
    },
    async update(input) {
      const { data } = await client.mutate({ mutation: UpdateDocument, variables: { input } });
      return toOutcome(data?.updateBadgeGroup);
    },
    close() {
      subscription.unsubscribe();
      client.stop();
    },
  };
}
