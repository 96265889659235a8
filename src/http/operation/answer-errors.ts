import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

/** A message may repeat a value or a name of the request, and there may be a hundred of them. */
const maxMessageLength = 1_000;

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

function shorten(message: string): string {
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
}

function isUnavailable({ data, errors = [] }: ExecutionResult): boolean {
  const failed = errors.filter(({ extensions }) => extensions['code'] === 'SERVICE_UNAVAILABLE');
  return Object.entries(data ?? {}).every(
    ([key, value]) => value === null && failed.some(({ path }) => path?.[0] === key),
  );
}
