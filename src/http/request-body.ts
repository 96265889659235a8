import { MIMEType } from 'node:util';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { bodyLimits } from './held-bodies.ts';
import { createBadRequestError } from './operation/refusal.ts';

const preflightHeaders = ['x-graphql-yoga-csrf', 'apollo-require-preflight', 'graphql-require-preflight'];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Where client tools put the id of a document, beside `extensions.persistedQuery.sha256Hash`. */
const idNames = ['documentId', 'id', 'doc_id'];

/**
 * Takes operations as JSON by POST, or by GET with a header of its own. Everything else a page of another site can
 * make a browser send without asking first (a preflight), and the browser adds Basic credentials to it by itself.
 * With `takesIds` the id of a document will do in the place of its text.
 */
export function useJsonRequests({ takesIds }: { takesIds: boolean }): Plugin {
  return {
    onRequestParse({ request, setRequestParser }) {
      if (request.method === 'POST') {
        checkCoding(request);
        checkLength(request);
        setRequestParser(async (request) => parseBody(await readWhole(request), takesIds));
      }
      if (request.method === 'GET') setRequestParser(() => readQueryString(request, takesIds));
    },
  };
}

/** Whether a body with these headers is JSON that is not compressed. */
export function isUncompressedJson(
  contentType: string | undefined,
  contentEncoding: string | undefined,
): boolean {
  return isJson(contentType) && isUncompressed(contentEncoding);
}

/** In UTF-8, which it is where nothing else is said (RFC 8259 section 8.1). */
function isJson(contentType: string | null | undefined): boolean {
  if (contentType === 'application/json') return true;
  const { essence, params } = readMediaType(contentType) ?? {};
  return essence === 'application/json' && /^utf-?8$/i.test(params?.get('charset') ?? 'utf-8');
}

function readMediaType(contentType: string | null | undefined): MIMEType | undefined {
  try {
    return new MIMEType(contentType ?? '');
  } catch {
    return undefined;
  }
}

function isUncompressed(contentEncoding: string | null | undefined): boolean {
  return (contentEncoding || 'identity').trim().toLowerCase() === 'identity';
}

/** By what it says itself: it need not be sent then. */
function checkLength({ headers }: Request): void {
  const length = Number(headers.get('content-length'));
  if (length > bodyLimits.largest) {
    throw createTooLongError(`The body has ${length} bytes, and may have ${bodyLimits.largest} at most`);
  }
}

/** The listener reads no more of one that is too long than tells so. */
async function readWhole(request: Request): Promise<ArrayBuffer> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength <= bodyLimits.largest) return bytes;
  throw createTooLongError(`The body has more than ${bodyLimits.largest} bytes`);
}

function createTooLongError(wrong: string): GraphQLError {
  return new GraphQLError(`${wrong}: send less at once.`, {
    extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
  });
}

function checkCoding({ headers }: Request): void {
  if (!isJson(headers.get('content-type'))) {
    const given = headers.get('content-type');
    const wrong = given
      ? `The body has "content-type: ${given.slice(0, 100)}"`
      : 'The body has no content-type';
    throw createBadRequestError(
      415,
      `${wrong}: send the operation as JSON in UTF-8, with "content-type: application/json".`,
    );
  }
  const coding = headers.get('content-encoding');
  if (isUncompressed(coding)) return;
  // Our bodies are small, and the bound on their size is one on what arrives: nothing is decompressed.
  throw createBadRequestError(
    415,
    `The body has "content-encoding: ${coding?.slice(0, 100)}": send it uncompressed.`,
    { 'accept-encoding': 'identity' },
  );
}

/**
 * Reads JSON in well-formed UTF-8: a name with broken bytes would else be kept as another one. Throws what is to be
 * answered to a body that is no well-formed request.
 */
export function parseBody(bytes: ArrayBuffer | Uint8Array, takesIds: boolean): GraphQLParams {
  const body = parseJson(() => utf8.decode(bytes), 'The body must be JSON in UTF-8.');
  if (isObject(body)) return pickParams(body, takesIds);
  throw createBadRequestError(422, 'The body must be a JSON object: one operation, no batch.');
}

/** The parameters of a GET, of which two are JSON; Yoga's own parser takes a broken one for a fault of the service. */
function readQueryString(request: Request, takesIds: boolean): GraphQLParams {
  const given = new URL(request.url, 'http://localhost').searchParams;
  const readText = (name: string) => given.get(name) || undefined;
  const readJson = (name: string) => {
    const text = readText(name);
    return text && parseJson(() => text, `The parameter "${name}" must be JSON.`);
  };
  const texts = ['query', 'operationName', ...idNames].map((name) => [name, readText(name)]);
  const objects = ['variables', 'extensions'].map((name) => [name, readJson(name)]);
  const params = pickParams(Object.fromEntries([...texts, ...objects]), takesIds);
  if (preflightHeaders.some((header) => request.headers.has(header))) return params;
  throw createBadRequestError(
    400,
    `With a GET, send one of the headers ${preflightHeaders.join(', ')}; or use POST.`,
  );
}

/**
 * The parameters that GraphQL over HTTP knows, each of its type; other properties must be ignored. The id of a document
 * is put where Apollo's clients have it.
 */
function pickParams(given: Record<string, unknown>, takesIds: boolean): GraphQLParams {
  const { query, operationName, variables, extensions } = given;
  checkType('query', typeof (query ?? '') === 'string', 'a string');
  checkType('operationName', typeof (operationName ?? '') === 'string', 'a string');
  checkType('variables', isObject(variables ?? {}), 'an object');
  checkType('extensions', isObject(extensions ?? {}), 'an object');
  const params = { query, operationName, variables, extensions } as GraphQLParams;
  if (query != null) return params;
  const hash = params.extensions?.['persistedQuery']?.sha256Hash;
  const id = [hash, ...idNames.map((name) => given[name])].find((value) => typeof value === 'string');
  if (takesIds && id !== undefined) {
    return {
      ...params,
      extensions: { ...params.extensions, persistedQuery: { version: 1, sha256Hash: id } },
    };
  }
  if (params.extensions?.['persistedQuery']) throw createNotPersistedError();
  const orId = takesIds ? ', or the id of a trusted document' : '';
  throw createBadRequestError(422, `The request must have a "query", which holds the document${orId}.`);
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
