import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'graphql-yoga';

const create = `# Creates a badge group. Run it (Ctrl-Enter) once more: the name is taken then, which is error 733.
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

const errors = `# Expected errors are members of the result, each with its code: ask for them as for any other type.
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

interface Page {
  readonly html: Buffer<ArrayBuffer>;
  readonly gzipped: Buffer<ArrayBuffer>;
  readonly etag: string;
}

/** GraphiQL for browsers on `/graphql`, whole in one page; `/` leads there. With demo credentials in demo mode. */
export function useGraphiQLPage({ demo }: { demo: boolean }): Plugin {
  let page: Promise<Page> | undefined;

  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (request.method !== 'GET' || !request.headers.get('accept')?.includes('text/html')) return;
      if (url.pathname === '/') {
        endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: '/graphql' } }));
      }
      if (url.pathname === '/graphql') {
        page ??= renderPage(demo);
        endResponse(answer(await page, request, fetchAPI));
      }
    },
  };
}

function answer(
  { html, gzipped, etag }: Page,
  request: Request,
  fetchAPI: { Response: typeof Response },
): Response {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    vary: 'accept, accept-encoding',
    etag,
  };
  if (request.headers.get('if-none-match') === etag)
    return new fetchAPI.Response(null, { status: 304, headers });
  return request.headers.get('accept-encoding')?.includes('gzip')
    ? new fetchAPI.Response(gzipped, { headers: { ...headers, 'content-encoding': 'gzip' } })
    : new fetchAPI.Response(html, { headers });
}

async function renderPage(demo: boolean): Promise<Page> {
  // Imported on demand: it is 9 MB, which a service without visitors never needs.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const headers = demo ? JSON.stringify({ Authorization: `Basic ${btoa('demo:demo')}` }, null, 2) : undefined;
  const html = Buffer.from(
    renderGraphiQL({
      title: 'Badge groups',
      endpoint: '/graphql',
      defaultTabs: [create, list, errors].map((query) => ({ query, ...(headers && { headers }) })),
      ...(headers && { headers, defaultHeaders: headers }),
      shouldPersistHeaders: false,
      inputValueDeprecation: true,
      schemaDescription: true,
    }),
  );
  const etag = `"${createHash('sha256').update(html).digest('base64url')}"`;
  return { html, gzipped: await promisify(gzip)(html), etag };
}
