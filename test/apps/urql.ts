import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { type App, type Connection, pageSize } from './app.ts';
import { introspection } from './client-schema.ts';
import {
  CreateDocument,
  type CreateMutation,
  PageDocument,
  type PageQuery,
  UpdateDocument,
} from './generated/graphql.ts';
import { putOnTop, toOutcome } from './reactions.ts';

export function createUrqlClient({ url, authorization, fetch }: Connection): Client {
  return new Client({
    url,
    fetch,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [
      cacheExchange({
        schema: introspection,
        resolvers: { Query: { badgeGroupsConnection: relayPagination() } },
        updates: {
          Mutation: {
            createBadgeGroup(result, _args, cache) {
              const { createBadgeGroup } = result as CreateMutation;
              const firstPage = { query: PageDocument, variables: { first: pageSize } };
              cache.updateQuery(firstPage, (shown) => putOnTop(createBadgeGroup, shown) ?? null);
            },
          },
        },
      }),
      fetchExchange,
    ],
  });
}

export async function openUrqlApp(connection: Connection): Promise<App> {
  const client = createUrqlClient(connection);
  let groups: PageQuery['badgeGroupsConnection'] | undefined;
  let close = () => {};
  async function show(after?: string | null) {
    const page = client.query(PageDocument, { first: pageSize, after });
    await page.toPromise();
    close();
    close = page.subscribe(({ data }) => {
      groups = data?.badgeGroupsConnection;
    }).unsubscribe;
  }
  await show();
  return {
    shown: () => groups?.edges.map(({ node }) => node) ?? [],
    hasMore: () => groups?.pageInfo.hasNextPage === true,
    showMore: () => show(groups?.pageInfo.endCursor),
    async create(input) {
      const { data } = await client.mutation(CreateDocument, { input });
      return toOutcome(data?.createBadgeGroup);
    },
    async update(input) {
      const { data } = await client.mutation(UpdateDocument, { input });
      return toOutcome(data?.updateBadgeGroup);
    },
    close: () => close(),
  };
}
