import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { migrateToLatest } from '../../src/database/migrator.ts';
import type { Statement } from '../../src/database/statement.ts';
import { connectPatiently, openTestDatabase } from '../support/databases.ts';
import { contract, expand, makeRelease } from '../support/release.ts';
import { type TestCaller, TestService } from '../support/service.ts';

test('expand, deploy, contract: this release and the next serve side by side meanwhile, and none fails', async () => {
  const database = await openTestDatabase('a Postgres server');
  const migrating = connectPatiently(database.url as string, { poolSize: 3 });
  await using expanded = await makeRelease(expand);
  await using contracted = await makeRelease([...expand, ...contract]);
  const service = new TestService(database);
  const next = service.with({ db: withColour(service.db) });
  const caller = await service.addCaller();
  await service.fill(caller.orgId + 1, 5_000);

  const ids: string[] = [];
  const old = work(caller, 'old', ids);
  await old.goesOn();
  expect(await migrateToLatest(migrating, expanded)).toEqual(expand);

  const young = work(next.adopt(caller), 'next', ids);
  await Promise.all([old.goesOn(), young.goesOn()]);
  // As after a rollback.
  expect(await migrateToLatest(migrating)).toEqual([]);
  await Promise.all([old.goesOn(), young.goesOn()]);
  const oldNames = await old.stop();

  expect(await migrateToLatest(migrating, contracted)).toEqual(contract);
  await young.goesOn();
  const youngNames = await young.stop();

  const { rows } = await sql<{ name: string; colour: string }>`
    select name, colour from badge_group where org_id = ${caller.orgId}`.execute(service.db);
  const names = (colour: string) => rows.filter((row) => row.colour === colour).map(({ name }) => name);
  expect(names('none').toSorted()).toEqual(oldNames.toSorted());
  expect(names('red').toSorted()).toEqual(youngNames.toSorted());
  // Why contract comes last.
  const { errors } = await caller.execute(
    'mutation { createBadgeGroup(input: { name: "Late", rank: 1 }) { __typename } }',
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  await migrating.destroy();
  await service.close();
});

/** The database as the next release uses it: each of its groups has a colour. */
function withColour(db: Db): Db {
  const statements = new Map<unknown, unknown>();
  function amend<Values>(statement: Statement<Values>): Statement<Values> {
    const text = statement.text
      .replace('insert into "badge_group" (', '$&"colour", ')
      .replace(/(?<="colour", [^)]*\) values )\(/, `('red', `);
    return text === statement.text ? statement : { ...statement, text, name: `${statement.name}_colour` };
  }
  const run: Db['run'] = async (statement, values) => {
    const amended = (statements.get(statement) ?? amend(statement)) as typeof statement;
    statements.set(statement, amended);
    return await db.run(amended, values);
  };
  return Object.assign(db.withoutPlugins(), { run });
}

/** Three at once who create and read groups of one org over and over, and change one of all that are there. */
function work(caller: TestCaller, title: string, ids: string[]) {
  const names: string[] = [];
  let isOver = false;
  const rounds = Array.from({ length: 3 }, async (_, worker) => {
    for (let round = 0; !isOver; round += 1) {
      const name = `${title} ${worker} ${round}`;
      const { id } = await caller.create({ name, rank: round });
      names.push(name);
      ids.push(id);
      await caller.update({ id: ids[randomInt(ids.length)] as string, rank: -round });
      expect(await caller.find(id)).toMatchObject({ id, name });
      expect((await caller.list({ first: 20 })).length).toBeGreaterThan(0);
    }
  });
  const failed = Promise.all(rounds).then(() => names);
  return {
    /** Settles when each has done some more, and throws when one was not answered as it should be. */
    async goesOn(): Promise<void> {
      const wanted = names.length + 10;
      await Promise.race([failed, expect.poll(() => names.length).toBeGreaterThan(wanted)]);
    },
    /** The names of its groups. */
    async stop(): Promise<string[]> {
      isOver = true;
      return await failed;
    },
  };
}
