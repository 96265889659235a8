import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { runAsAdmin } from './global-setup.ts';

/**
 * Makes a Postgres database log every statement of the connections that follow. Returns what reads them;
 * undefined when the tests were given a server, whose log is elsewhere.
 */
export async function logStatements(databaseUrl: string): Promise<(() => string[]) | undefined> {
  const logFile = inject('postgresLogFile');
  if (logFile === null) return undefined;
  const database = new URL(databaseUrl).pathname.slice(1);
  await runAsAdmin(inject('adminUrl'), `alter database "${database}" set log_statement = 'all'`);
  const statement = new RegExp(`^${database} LOG: {2}(?:statement|execute [^:]+): `);
  return () =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => statement.test(line))
      .map((line) => line.replace(statement, ''));
}
