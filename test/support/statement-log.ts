import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { runAsAdmin } from './global-setup.ts';

/** What the tests' Postgres server has logged of a database; undefined where its log is elsewhere. */
export function readServerLog(databaseUrl: string): string[] | undefined {
  const logFile = inject('postgresLogFile');
  if (logFile === null) return undefined;
  const prefix = `${new URL(databaseUrl).pathname.slice(1)} `;
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}

/**
 * Makes a Postgres database log every statement of the connections that follow. Returns what reads them;
 * undefined when the tests were given a server, whose log is elsewhere.
 */
export async function logStatements(databaseUrl: string): Promise<(() => string[]) | undefined> {
  if (inject('postgresLogFile') === null) return undefined;
  const database = new URL(databaseUrl).pathname.slice(1);
  await runAsAdmin(inject('adminUrl'), `alter database "${database}" set log_statement = 'all'`);
  const statement = /^LOG: {2}(?:statement|execute [^:]+): /;
  return () =>
    (readServerLog(databaseUrl) ?? [])
      .filter((line) => statement.test(line))
      .map((line) => line.replace(statement, ''));
}
