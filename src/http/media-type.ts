import { type Plugin, processRegularResult } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { choose } from './negotiation.ts';
import { createBadRequestError } from './operation/refusal.ts';

const graphqlResponse = 'application/graphql-response+json';

/** What operations are answered with; who says nothing of it gets the first. */
export const mediaTypes = ['application/json', graphqlResponse] as const;

/**
 * Refuses a request whose answer the client would not take, before anything of it is read. Yoga by itself looks at
 * Accept, without its weights, when the operation has been carried out.
 */
export function useMediaType(): Plugin {
  return {
    onRequestParse({ request }) {
      if (chooseMediaType(request.headers.get('accept')) !== undefined) return;
      const given = JSON.stringify(request.headers.get('accept')?.slice(0, 200));
      throw createBadRequestError(
        406,
        `The answer would be ${mediaTypes.join(' or ')}, but "accept" is ${given}: let it name one of them.`,
      );
    },
    onResultProcess({ request, setResultProcessor }) {
      setResultProcessor(
        processRegularResult,
        chooseMediaType(request.headers.get('accept')) ?? mediaTypes[0],
      );
    },
  };
}

/** Whether the answer is of the media type that GraphQL over HTTP is about, rather than the plain JSON of before. */
export function isGraphQLResponse({ headers }: Request): boolean {
  return chooseMediaType(headers.get('accept')) === graphqlResponse;
}

const chosen = new LRUCache<string, { readonly mediaType: string | undefined }>({
  max: 100,
  memoMethod: (accept) => ({ mediaType: choose(accept, mediaTypes) }),
});

/** What the answer is, by the header Accept; undefined where the client takes neither. */
export function chooseMediaType(accept: string | null | undefined): string | undefined {
  return chosen.memo(accept || '*/*').mediaType;
}
