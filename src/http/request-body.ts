import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';

const preflightHeaders = ['x-graphql-yoga-csrf', 'apollo-require-preflight', 'graphql-require-preflight'];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Takes operations as JSON by POST, or by GET with a header of its own. Everything else a page of another site can
 * make a browser send without asking first (a preflight), and the browser adds Basic credentials to it by itself.
 */
export function useJsonRequests(): Plugin {
  return {
    onRequestParse({ request, setRequestParser }) {
      if (request.method === 'POST') {
        if (!isJson(request)) {
          throw createBadRequestError(
            415,
            'Send the operation as JSON, with "content-type: application/json".',
          );
        }
        setRequestParser(readJson);
      }
      if (request.method === 'GET') {
        if (!preflightHeaders.some((header) => request.headers.has(header))) {
          throw createBadRequestError(
            400,
            `With a GET, send one of the headers ${preflightHeaders.join(', ')}; or use POST.`,
          );
        }
        setRequestParser(readQueryString);
      }
    },
  };
}

function isJson(request: Request): boolean {
  const [contentType] = (request.headers.get('content-type') ?? '').split(';');
  return contentType?.trim().toLowerCase() === 'application/json';
}

/** JSON in well-formed UTF-8: a name with broken bytes would else be kept as another one. */
async function readJson(request: Request): Promise<GraphQLParams> {
  const bytes = await request.arrayBuffer();
  return parseJson(() => utf8.decode(bytes), 'The body must be JSON in UTF-8.');
}

/** The parameters of a GET, of which two are JSON; Yoga's own parser takes a broken one for a fault of the service. */
function readQueryString(request: Request): GraphQLParams {
  const given = new URL(request.url, 'http://localhost').searchParams;
  const params: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    const text = given.get(name);
    if (!text) continue;
    const isText = name === 'query' || name === 'operationName';
    params[name] = isText ? text : parseJson(() => text, `The parameter "${name}" must be JSON.`);
  }
  return params;
}

function parseJson(readText: () => string, message: string) {
  try {
    return JSON.parse(readText());
  } catch {
    throw createBadRequestError(400, message);
  }
}

function createBadRequestError(status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}
