import type { Plugin } from 'graphql-yoga';

/** Answers belong to one caller. `max-age` is for caches of gateways that read nothing else. */
export const noStore = 'private, no-store, max-age=0';

/** No cache keeps an answer, unless the answer says otherwise by itself. */
export function useNoStore(): Plugin {
  return {
    onResponse({ response: { headers } }) {
      if (!headers.has('cache-control')) headers.set('cache-control', noStore);
    },
  };
}
