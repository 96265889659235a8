import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { createBadRequestError } from './bad-request.ts';

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
        checkCoding(request);
        setRequestParser(readJson);
      }
      if (request.method === 'GET') setRequestParser(readQueryString);
    },
  };
}

function checkCoding({ headers }: Request): void {
  const [contentType] = (headers.get('content-type') ?? '').split(';');
  if (contentType?.trim().toLowerCase() !== 'application/json') {
    throw createBadRequestError(415, 'Send the operation as JSON, with "content-type: application/json".');
  }
  const coding = headers.get('content-encoding') || 'identity';
  if (coding.trim().toLowerCase() === 'identity') return;
  // Our bodies are small, and the bound on their size is one on what arrives: nothing is decompressed.
  throw createBadRequestError(
    415,
    `The body has "content-encoding: ${coding.slice(0, 100)}": send it uncompressed.`,
    { 'accept-encoding': 'identity' },
  );
}

/** JSON in well-formed UTF-8: a name with broken bytes would else be kept as another one. */
async function readJson(request: Request): Promise<GraphQLParams> {
  const bytes = await request.arrayBuffer();
  const body = parseJson(() => utf8.decode(bytes), 'The body must be JSON in UTF-8.');
  return isObject(body) ? pickParams(body) : (body as GraphQLParams);
}

/** The parameters of a GET, of which two are JSON; Yoga's own parser takes a broken one for a fault of the service. */
function readQueryString(request: Request): GraphQLParams {
  const given = new URL(request.url, 'http://localhost').searchParams;
  const readText = (name: string) => given.get(name) || undefined;
  const readJson = (name: string) => {
    const text = readText(name);
    return text && parseJson(() => text, `The parameter "${name}" must be JSON.`);
  };
  const params = pickParams({
    query: readText('query'),
    operationName: readText('operationName'),
    variables: readJson('variables'),
    extensions: readJson('extensions'),
  });
  if (preflightHeaders.some((header) => request.headers.has(header))) return params;
  throw createBadRequestError(
    400,
    `With a GET, send one of the headers ${preflightHeaders.join(', ')}; or use POST.`,
  );
}

/** What GraphQL over HTTP knows; other properties must be ignored. Whether they are well formed, Yoga checks. */
function pickParams({ query, operationName, variables, extensions }: Record<string, unknown>): GraphQLParams {
  if (query == null) {
    if (isObject(extensions) && isObject(extensions['persistedQuery'])) throw createNotPersistedError();
    throw createBadRequestError(400, 'The request must have a "query", which holds the document.');
  }
  return { query, operationName, variables, extensions } as GraphQLParams;
}

/** To message and code clients answer with the whole query; Apollo's and urql's look at one of them each. */
function createNotPersistedError(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    // 200 to clients that take nothing but plain JSON: some look at no other body.
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 400, spec: true } },
  });
}

function parseJson(readText: () => string, message: string): unknown {
  try {
    return JSON.parse(readText());
  } catch {
    throw createBadRequestError(400, message);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
