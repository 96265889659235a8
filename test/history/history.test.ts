import { describe, expect, test } from 'vitest';
import type { CheckedChanges } from '../../src/badge-group/writes.ts';
import type { Db } from '../../src/database/database.ts';
import type { Statement } from '../../src/database/statement.ts';
import { useService } from '../support/service.ts';
import { checkRecording } from './check-recording.ts';
import { drill } from './drill.ts';
import { drillProcesses } from './processes.ts';

const held = useService('a Postgres server');

test('some order of the calls explains every answer of several processes, whatever connections are killed', async () => {
  const { service } = held;
  const drilled = await drillProcesses(service.databaseUrl as string, service, 3);
  const { contradictions, ...figures } = checkRecording(drilled.recording);
  console.log(JSON.stringify({ killedConnections: drilled.killedConnections, ...figures }));
  expect(contradictions).toEqual([]);
  expect(figures.unknown).toBeGreaterThan(0);
  expect(figures.counts['update done']).toBeGreaterThan(0);
  expect(figures.counts['update refused']).toBeGreaterThan(0);
  expect(figures.counts['create refused']).toBeGreaterThan(0);
});

describe('the drill', () => {
  /** The contradictions of the first of some short drills that has any. */
  async function drillUntilFound(run: Db['run'], attempts = 10) {
    const faulty = held.service.with({ db: Object.assign(held.service.db.withoutPlugins(), { run }) });
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const { orgId } = await faulty.addCaller();
      const callers = await Promise.all(Array.from({ length: 12 }, () => faulty.addCaller({ orgId })));
      const { contradictions } = checkRecording(await drill(callers, 0.5));
      if (contradictions.length > 0) return contradictions;
    }
    return [];
  }

  /** Runs updates that look at a group in this way instead of ` for update`. */
  function lookOtherwise(look: string): Db['run'] {
    const altered = new Map<string, Statement<never>>();
    return <Values>(statement: Statement<Values>, values: Values) => {
      const { name, text } = statement;
      if (!text.includes(' for update')) return held.service.db.run(statement, values);
      const other: Statement<Values> = altered.get(name) ?? {
        ...statement,
        name: `otherwise${look}`,
        text: text.replace(' for update', look),
      };
      altered.set(name, other);
      return held.service.db.run(other, values);
    };
  }

  // Time for others between the look and the write.
  const slowly = ' and pg_sleep(0.005) is not null';

  test('finds an update that does not lock what it looks at', async () => {
    expect(await drillUntilFound(lookOtherwise(slowly))).not.toEqual([]);
  });

  test('finds nothing in one that does, however long it takes', async () => {
    expect(await drillUntilFound(lookOtherwise(`${slowly} for update`), 1)).toEqual([]);
  });

  test('finds an update that forgets ifLastUpdatedOn', async () => {
    const forgotten = { ifLastUpdatedOn: undefined } satisfies Partial<CheckedChanges>;
    const run: Db['run'] = (statement, values) => held.service.db.run(statement, { ...values, ...forgotten });
    expect(await drillUntilFound(run)).not.toEqual([]);
  });
});
