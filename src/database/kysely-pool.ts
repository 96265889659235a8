import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Connections } from './connections.ts';

/** The pool as Kysely sees it. */
export function createKyselyPool(connections: Connections): PostgresPool {
  return {
    // For connections that Kysely would open by itself, to cancel.
    options: {},
    async connect() {
      const connection = await connections.connect();
      const query = async (text: string, values: readonly unknown[]) => {
        // The transaction has ended with its connection. What ended that is to be told, not that this cannot be sent.
        if (text === 'rollback' && connection.isBroken)
          return { command: 'ROLLBACK', rowCount: null, rows: [] };
        return await connection.query({ text, values: [...values] });
      };
      return {
        query: query as unknown as PostgresPoolClient['query'],
        release: () => connection.release(),
      };
    },
    end: () => connections.end(),
  };
}
