import { pino } from 'pino';
import { expect } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { openDatabase } from '../../src/database/open.ts';

/** The one line that a start ends with. */
export async function findRefusal(databaseUrl: string): Promise<string> {
  const opened = openDatabase(readConfig({ DATABASE_URL: databaseUrl }), pino({ level: 'silent' }));
  const { name, message } = await opened.then(
    (database) => database.close().then(() => ({ name: '', message: 'It was opened.' })),
    (error) => error,
  );
  expect(message).not.toContain('hunter2');
  return name === 'StartError'
    ? message.replace('DATABASE_URL points at a database ', '')
    : `${name}: ${message}`;
}
