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

/** Whether a body with these headers is JSON that is not compressed. */
export function isPlainJson(contentType: string | undefined, contentEncoding: string | undefined): boolean {
  return isJson(contentType) && isPlain(contentEncoding);
}

function isJson(contentType: string | null | undefined): boolean {
  const [mediaType] = (contentType ?? '').split(';');
  return mediaType?.trim().toLowerCase() === 'application/json';
}

function isPlain(contentEncoding: string | null | undefined): boolean {
  return (contentEncoding || 'identity').trim().toLowerCase() === 'identity';
}

function checkCoding({ headers }: Request): void {
  if (!isJson(headers.get('content-type'))) {
    throw createBadRequestError(415, 'Send the operation as JSON, with "content-type: application/json".');
  }
  const coding = headers.get('content-encoding');
  if (isPlain(coding)) return;
  // Our bodies are small, and the bound on their size is one on what arrives: nothing is decompressed.
  throw createBadRequestError(
    415,
    `The body has "content-encoding: ${coding?.slice(0, 100)}": send it uncompressed.`,
    { 'accept-encoding': 'identity' },
  );
}

async function readJson(request: Request): Promise<GraphQLParams> {
  return parseBody(await request.arrayBuffer());
}

/**
 * Reads JSON in well-formed UTF-8: a name with broken bytes would else be kept as another one. Throws what is to be
 * answered to a body that is no well-formed request.
 */
export function parseBody(bytes: ArrayBuffer | Uint8Array): GraphQLParams {
  const body = parseJson(() => utf8.decode(bytes), 'The body must be JSON in UTF-8.');
  if (isObject(body)) return pickParams(body);
  throw createBadRequestError(422, 'The body must be a JSON object: one operation, no batch.');
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

/** The parameters that GraphQL over HTTP knows, each of its type; other properties must be ignored. */
function pickParams({ query, operationName, variables, extensions }: Record<string, unknown>): GraphQLParams {
  if (query == null) {
    if (isObject(extensions) && isObject(extensions['persistedQuery'])) throw createNotPersistedError();
    throw createBadRequestError(422, 'The request must have a "query", which holds the document.');
  }
  checkType('query', typeof query === 'string', 'a string');
  checkType('operationName', typeof (operationName ?? '') === 'string', 'a string');
  checkType('variables', isObject(variables ?? {}), 'an object');
  checkType('extensions', isObject(extensions ?? {}), 'an object');
  return { query, operationName, variables, extensions } as GraphQLParams;
}

function checkType(name: string, fits: boolean, expected: string): void {
  if (!fits) throw createBadRequestError(422, `The parameter "${name}" must be ${expected}.`);
}

/** To message and code clients answer with the whole query; Apollo's and urql's look at one of them each. */
function createNotPersistedError(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    // 200 to clients that take nothing but plain JSON: some look at no other body.
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 422, spec: true } },
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
