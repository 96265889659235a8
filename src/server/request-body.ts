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
      if (request.method === 'GET' && !preflightHeaders.some((header) => request.headers.has(header))) {
        throw createBadRequestError(
          400,
          `With a GET, send one of the headers ${preflightHeaders.join(', ')}; or use POST.`,
        );
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
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw createBadRequestError(400, 'The body must be JSON in UTF-8.');
  }
}

function createBadRequestError(status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}
