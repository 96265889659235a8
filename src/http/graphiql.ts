import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'graphql-yoga';
import { operations } from './graphiql-operations.ts';

interface Page {
  readonly html: Buffer<ArrayBuffer>;
  readonly gzipped: Buffer<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
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
  { html, gzipped, headers }: Page,
  request: Request,
  fetchAPI: { Response: typeof Response },
): Response {
  if (request.headers.get('if-none-match') === headers['etag']) {
    return new fetchAPI.Response(null, { status: 304, headers });
  }
  return request.headers.get('accept-encoding')?.includes('gzip')
    ? new fetchAPI.Response(gzipped, { headers: { ...headers, 'content-encoding': 'gzip' } })
    : new fetchAPI.Response(html, { headers });
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
    `script-src 'sha256-${sha256(script, 'base64')}'`,
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
    'cache-control': 'no-cache',
    vary: 'accept, accept-encoding',
    etag: `"${sha256(html, 'base64url')}"`,
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

function sha256(text: string, encoding: 'base64' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
