import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { isGraphQLResponse } from './media-type.ts';

const partialSuccess = 294;
const unprocessable = 422;

/**
 * Gives answers the status that GraphQL over HTTP (September 2026, section Status Codes) has for them, as far as Yoga
 * does not by itself. Plain JSON keeps what it had before: 200 beside data, and 400 for 422, or 200 where Yoga's `spec`
 * says so.
 */
export function useStatus(): Plugin {
  return {
    onResultProcess({ request, result, setResult }) {
      if (Array.isArray(result) || isAsyncIterable(result) || !result.errors) return;
      const isPlainJson = !isGraphQLResponse(request);
      let isDecided = false;
      for (const { extensions } of result.errors) {
        const { code, http } = extensions;
        if (!http) continue;
        isDecided = true;
        // Yoga's own status says that the request is not well formed.
        if (code === 'GRAPHQL_VALIDATION_FAILED') http.status = unprocessable;
        if (isPlainJson && http.status === unprocessable) http.status = 400;
      }
      if (isPlainJson || isDecided || !('data' in result)) return;
      setResult({ ...result, extensions: { ...result.extensions, http: { status: partialSuccess } } });
    },
  };
}
