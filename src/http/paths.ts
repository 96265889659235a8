import type { Plugin } from 'graphql-yoga';

/** Answers 404 to every path but `/graphql`; Yoga by itself takes any URL that ends in it. Health comes before. */
export function useExactPath(): Plugin {
  return {
    onRequest({ url, fetchAPI, endResponse }) {
      if (url.pathname !== '/graphql') endResponse(new fetchAPI.Response(null, { status: 404 }));
    },
  };
}
