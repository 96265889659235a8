import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'graphql-yoga';
import { operations } from './graphiql-operations.ts';
import { mediaTypes } from './media-type.ts';
import { choose } from './negotiation.ts';

interface Page {
  readonly html: Buffer<ArrayBuffer>;
  readonly gzipped: Buffer<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** GraphiQL for browsers on `/graphql`, whole in one page; `/` leads there. With demo credentials in demo mode. */
export function useGraphiQLPage({ demo }: { demo: boolean }): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      const { method } = request;
      if ((method !== 'GET' && method !== 'HEAD') || !prefersPage(request)) return;
      if (url.pathname === '/') {
        endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: '/graphql' } }));
      }
      if (url.pathname === '/graphql') {
        endResponse(answer(await getPage(demo), request, fetchAPI));
      }
    },
  };
}

function prefersPage({ headers }: Request): boolean {
  return choose(headers.get('accept') || '*/*', [...mediaTypes, 'text/html']) === 'text/html';
}

function answer(
  { html, gzipped, headers }: Page,
  request: Request,
  fetchAPI: { Response: typeof Response },
): Response {
  const send = (bytes: Buffer<ArrayBuffer>, coding?: string) => {
    const own = { 'content-length': String(bytes.length), ...(coding && { 'content-encoding': coding }) };
    // A response takes the object as its own: what is set on it later, as for CORS, is for this request alone.
    return new fetchAPI.Response(request.method === 'HEAD' ? null : bytes, {
      headers: { ...headers, ...own },
    });
  };
  // What the header does not name is taken when there is nothing better, and the page as it is before the other.
  const accepted = `${request.headers.get('accept-encoding') ?? ''}, *;q=0.001`;
  switch (choose(accepted, ['identity', 'gzip'])) {
    case 'gzip':
      return send(gzipped, 'gzip');
    case 'identity':
      return send(html);
    default:
      return new fetchAPI.Response('The page comes with gzip or uncompressed.\n', { status: 406 });
  }
}

const pages = new Map<boolean, Promise<Page>>();

/** Rendered when it is first asked for, and kept. */
function getPage(demo: boolean): Promise<Page> {
  const page = pages.get(demo) ?? renderPage(demo);
  pages.set(demo, page);
  return page;
}

async function renderPage(demo: boolean): Promise<Page> {
  // Imported on demand: it is 9 MB, which a service without visitors never needs.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const headers = demo ? JSON.stringify({ Authorization: `Basic ${btoa('demo:demo')}` }, null, 2) : undefined;
  const html = renderGraphiQL({
    title: 'Badge groups',
    endpoint: '/graphql',
    defaultTabs: operations.map((query) => ({ query, ...(headers && { headers }) })),
    ...(headers && { headers, defaultHeaders: headers }),
    shouldPersistHeaders: false,
    inputValueDeprecation: true,
    schemaDescription: true,
  });
  const bytes = Buffer.from(html);
  return { html: bytes, gzipped: await promisify(gzip)(bytes), headers: describePage(html) };
}

/** The page may run its own script and talk to us, and nothing else; no other page may frame it. */
function describePage(html: string): Record<string, string> {
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.indexOf('</script>'));
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    "connect-src 'self'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    vary: 'accept, accept-encoding',
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}
