import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { shorten } from './refusal.ts';

/**
 * Lets errors decide the status only of an answer without data, since a client that is told to try again throws the
 * data away. Where every top field failed because something is away, there is none: `data` is null and the status 503.
 */
export function useAnswerErrors(): Plugin {
  return {
    onExecutionResult({ result, setResult }) {
      if (!result || isAsyncIterable(result) || Array.isArray(result) || !result.errors) return;
      for (const error of result.errors) error.message = shorten(error.message);
      if (!result.data) return;
      if (isUnavailable(result)) setResult({ ...result, data: null });
      else for (const { extensions } of result.errors) delete extensions['http'];
    },
  };
}

function isUnavailable({ data, errors = [] }: ExecutionResult): boolean {
  const failed = errors.filter(({ extensions }) => extensions['code'] === 'SERVICE_UNAVAILABLE');
  return Object.entries(data ?? {}).every(
    ([key, value]) => value === null && failed.some(({ path }) => path?.[0] === key),
  );
}
