/**
 * The drill of concurrent edits over several processes on a Postgres server of its own and its replica, for as many
 * seconds as the argument says (60; at least 3, at most 3600). Ends with the counts, and with exit code 1 and the calls when no order
 * of them explains all answers.
 */
import { inspect } from 'node:util';
import { pino } from 'pino';
import { openPostgres } from '../../src/database/postgres.ts';
import { readSeconds } from '../support/arguments.ts';
import { startMigratedServer } from '../support/databases.ts';
import { TestService } from '../support/service.ts';
import { query, startStandby } from '../support/standby.ts';
import { checkRecording } from './check-recording.ts';
import { drillProcesses } from './processes.ts';

const seconds = readSeconds('history', 60, { min: 3, max: 3_600 });

const server = await startMigratedServer({ durable: true });
const standby = await startStandby(server, 'asynchronous');
try {
  // So that whoever does not wait for the replica reads what is old.
  await query(standby, "alter system set recovery_min_apply_delay = '20ms'");
  await query(standby, 'select pg_reload_conf()');
  const { db } = openPostgres(server.url(), { poolSize: 1, logger: pino({ level: 'silent' }) });
  const service = new TestService({ db, url: server.url(), close: () => db.destroy() });
  const { recording, killedConnections } = await drillProcesses(
    server.url(),
    service,
    seconds,
    standby.url(),
  ).finally(() => service.close());
  const { contradictions, ...figures } = checkRecording(recording);
  console.log({ seconds, killedConnections, ...figures, contradictions: contradictions.length });
  for (const contradiction of contradictions) console.log(inspect(contradiction, { depth: 5 }));
  process.exitCode = contradictions.length === 0 ? 0 : 1;
} finally {
  await standby.stop();
  await server.stop();
}
