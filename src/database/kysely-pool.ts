import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Connections } from './connections.ts';

/** The pool as Kysely sees it. */
export function createKyselyPool(connections: Connections): PostgresPool {
  return {
    options: connections.options,
    async connect() {
      const connection = await connections.connect();
      const query = (text: string, values: readonly unknown[]) =>
        connection.query({ text, values: [...values] });
      return {
        query: query as unknown as PostgresPoolClient['query'],
        release: () => connection.release(),
      };
    },
    end: () => connections.end(),
  };
}
